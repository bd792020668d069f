# SPDX-License-Identifier: GPL-2.0-or-later
"""Extension headers are carried, and the ports behind them are found."""

from harness import assert_dropped
from lab.home import INSIDE6, OUTSIDE6
from scapy.layers.inet import TCP, UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt


def scenario(house):
    wan, port = house.sniff("wan"), house.port()
    ip = IPv6(src=INSIDE6, dst=OUTSIDE6) / IPv6ExtHdrDestOpt()
    house.inject("inside", ip / UDP(sport=port, dport=9) / b"x")
    seen = wan.wait_for("the datagram", lambda p: UDP in p and p[UDP].sport == port)
    assert IPv6ExtHdrDestOpt in seen and seen[IPv6].src == INSIDE6
    hidden = IPv6(src=OUTSIDE6, dst=INSIDE6) / IPv6ExtHdrDestOpt() / TCP(sport=port, dport=9999, flags="S")
    assert_dropped(house, "outside", hidden, "policy")
