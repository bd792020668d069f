# SPDX-License-Identifier: GPL-2.0-or-later
"""`show drops` names reason, stage and interface, and counts packets and bytes."""

from harness import assert_dropped
from harness.counts import rows
from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP


def scenario(house):
    datagram = UDP(sport=house.port(), dport=9)
    assert_dropped(house, "inside", IP(src=WAN4, dst=OUTSIDE4) / datagram, "own-source")
    assert_dropped(house, "outside", IP(src=OUTSIDE4, dst=INSIDE4) / datagram, "inside-address")
    for device, reason, number, stage in (("lan", "own-source", 6, "judge"),
                                          ("wan", "inside-address", 21, "policy")):
        row, = rows(house, "drops", interface=device, reason=reason)
        assert (row["number"], row["stage"]) == (number, stage) and row["text"]
        assert row["packets"] >= 1 and row["bytes"] >= 28 * row["packets"]
