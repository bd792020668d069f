# SPDX-License-Identifier: GPL-2.0-or-later
"""An apply that keeps a limit keeps what it has counted, and what was taken from its buckets."""

from harness import eventually, limit, limits
from harness.datagrams import Sink, send, sender
from lab.home import OUTSIDE4

ALL = limit("all", "1pps", burst="20p", protocol="udp", ports=7998)
EACH = limit("each", "1pps", burst="20p", key="source", protocol="udp", ports=7999)


def document(home):
    limits(home, ALL, EACH)


def scenario(house):
    gained = house.gained()
    for port in (7998, 7999):
        Sink(house.outside, port=port)
        send(sender(house.inside, OUTSIDE4, port), 15)
    house.apply(lambda home: limits(home, limit("new", "5pps", to="host"), EACH, ALL))
    for name, port in (("all", 7998), ("each", 7999)):
        send(sender(house.inside, OUTSIDE4, port), 30)
        eventually("all are counted", lambda name=name: gained.limit(name)["passed_packets"] +
                   gained.limit(name)["exceeded_packets"] == 45)
        assert gained.limit(name)["passed_packets"] in range(20, 25)
