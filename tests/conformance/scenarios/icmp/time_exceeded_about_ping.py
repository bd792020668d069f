# SPDX-License-Identifier: GPL-2.0-or-later
"""An error about an echo finds the host that sent it."""

from harness.frames import checksums_are_right, is_icmp
from lab.home import FAR4, INSIDE4, OUTSIDE4
from scapy.layers.inet import ICMP, IP, ICMPerror, IPerror


def scenario(house):
    lan = house.sniff("lan")
    house.inside.run("ping", "-n", "-c", 1, "-t", 2, "-W", 2, FAR4, expect=1)
    error = lan.wait_for("time exceeded", is_icmp(11, 0))
    assert error[IP].src == OUTSIDE4 and error[ICMP].payload[IPerror].src == INSIDE4
    assert ICMPerror in error and checksums_are_right(error)
