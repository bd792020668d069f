# SPDX-License-Identifier: GPL-2.0-or-later
"""A limit of replies says nothing about what is sent, and counts for who began the flow."""

from harness import eventually, limit, limits
from harness.datagrams import send, sender
from lab.home import OUTSIDE4


def document(home):
    limits(home, limit("down", "1pps", burst="10p", key="source", direction="reply", **{"from": "lan"}))


def scenario(house):
    gained = house.gained()
    send(sender(house.inside, OUTSIDE4, 7000), 30)   # each is answered
    eventually("the answers are counted", lambda: gained.limit("down")["exceeded_packets"] in (18, 19, 20))
    assert gained.limit("down")["passed_packets"] in (10, 11, 12)
    assert gained.policy("lan-out")["packets"] >= 40, "all questions and some answers"
    send(sender(house.second, OUTSIDE4, 7000), 5)
    eventually("the second has its own", lambda: gained.limit("down")["passed_packets"] in (15, 16, 17))
