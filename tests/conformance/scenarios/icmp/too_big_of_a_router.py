# SPDX-License-Identifier: GPL-2.0-or-later
"""A router outside with a smaller MTU is heard inside, so path MTU discovery works through NAT."""

from harness.frames import checksums_are_right, is_icmp
from lab.home import FAR4, INSIDE4, OUTSIDE4
from scapy.layers.inet import ICMP, IP, IPerror


def scenario(house):
    house.set_mtu(house.outside, "eth1", 1300)
    lan = house.sniff("lan")
    house.inside.run("ping", "-n", "-c", 1, "-W", 1, "-M", "do", "-s", 1400, FAR4, expect=1)
    error = lan.wait_for("fragmentation needed", is_icmp(3, 4))
    assert (error[IP].src, error[ICMP].nexthopmtu) == (OUTSIDE4, 1300)
    assert error[ICMP].payload[IPerror].src == INSIDE4 and checksums_are_right(error)
