# SPDX-License-Identifier: GPL-2.0-or-later
"""A limit that is changed lets its new rate pass at once, whatever its bucket owes by the old one; its counts go on."""

import time

import pytest
from harness import eventually, limit, limits
from harness.datagrams import Sink, send, sender
from lab.home import OUTSIDE4

PORT = 7998
OWED = 300   # packets, and seconds as well


def slow(key):
    return limit("all", "1pps", burst=f"{OWED}p", key=key, protocol="udp", ports=PORT)


def fast(key):
    return limit("all", "500pps", burst="50p", key=key, protocol="udp", ports=PORT)


def counted(gained):
    row = gained.limit("all")
    return row["passed_packets"] + row["exceeded_packets"]


@pytest.mark.parametrize("key", ["rule", "source", "flow"])
def scenario(house, key):
    house.apply(lambda home: limits(home, slow(key)))
    gained, sink, made = house.gained(), Sink(house.outside, port=PORT), sender(house.inside, OUTSIDE4, PORT)
    send(made, OWED + 100)
    eventually("the bucket is empty", lambda: gained.limit("all")["exceeded_packets"] >= 80)
    sink.gets(gained.limit("all")["passed_packets"])
    house.apply(lambda home: limits(home, fast(key)))
    before, began, sent = sink.count(), time.monotonic(), OWED + 100
    while sink.count() - before < 500 and time.monotonic() - began < 4:
        send(made, 10)
        sent += 10
        time.sleep(0.005)
    passed, took = sink.count() - before, time.monotonic() - began
    assert 500 <= passed <= 500 * took + 50 + 10
    eventually("all are counted", lambda: counted(gained) == sent)
