# SPDX-License-Identifier: GPL-2.0-or-later
"""Nobody tells the gateway where else to send: redirects are dropped wherever they come from, in both families."""

import pytest
from harness import assert_dropped, policy
from lab.home import FAR4, FAR6, INSIDE4, INSIDE6, LAN4, LAN6, OUTSIDE4, OUTSIDE6, WAN4, WAN6
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import ICMPv6ND_Redirect, IPv6


def document(home):
    home["policies"].append(policy("everything", ["lan", "internet"], "host"))


def redirect4(sender, gateway):
    return IP(src=sender, dst=gateway, ttl=255) / ICMP(type=5, code=1, gw=sender) / IP(src=gateway, dst=FAR4) / UDP(dport=53)


def redirect6(target):
    return IPv6(src="fe80::2", dst=target, hlim=255) / ICMPv6ND_Redirect(tgt="fe80::2", dst=FAR6)


@pytest.mark.parametrize("sender, packet", [
    ("inside", redirect4(INSIDE4, LAN4)), ("outside", redirect4(OUTSIDE4, WAN4)),
    ("inside", IP(src=INSIDE4, dst=OUTSIDE4) / ICMP(type=5, id=7)),
    ("inside", redirect6(LAN6)), ("outside", redirect6(WAN6)),
    ("inside", IPv6(src=INSIDE6, dst=OUTSIDE6, hlim=255) / ICMPv6ND_Redirect(tgt=INSIDE6, dst=FAR6)),
], ids=["inside", "outside", "across", "inside6", "outside6", "across6"])
def scenario(house, sender, packet):
    assert_dropped(house, sender, packet, "control")
