# SPDX-License-Identifier: GPL-2.0-or-later
"""Limits of zone `host` hold what the gateway sends, and what is sent to it."""

from harness import eventually, limit, limits, policy
from harness.datagrams import Sink, send, sender
from lab.home import LAN4, OUTSIDE4


def document(home):
    home["policies"].append(policy("lan-sink", "lan", "host", protocol="udp"))
    limits(home, limit("out", "1pps", burst="5p", protocol="udp", ports=7998, **{"from": "host"}),
           limit("in", "1pps", burst="5p", protocol="udp", ports=7999, interface="lan", to="host"))


def scenario(house):
    gained, outside, own = house.gained(), Sink(house.outside, port=7998), Sink(house.gateway, port=7999)
    made = sender(house.gateway, OUTSIDE4, 7998)
    for _ in range(20):
        try:
            made.send(b"x")
        except PermissionError:   # netfilter tells the sender
            pass
    send(sender(house.inside, LAN4, 7999), 20)
    for name, sink in (("out", outside), ("in", own)):
        eventually("all are counted", lambda name=name: gained.limit(name)["exceeded_packets"] in (14, 15))
        sink.gets(gained.limit(name)["passed_packets"])
    assert gained.drops("wan")["over-limit"] == gained.limit("out")["exceeded_packets"]
