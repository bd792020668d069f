# SPDX-License-Identifier: GPL-2.0-or-later
"""An error of an inside host leaves with the gateway's address, and so does what it quotes."""

from harness import clients
from harness.frames import checksums_are_right, is_icmp
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import ICMP, IP, IPerror, UDPerror


def scenario(house):
    wan, port = house.sniff("wan"), house.port()
    assert clients.udp_outcome(house.outside, WAN4, 30001, source=("", port), timeout=2) == "refused"
    error = wan.wait_for("the error", is_icmp(3, 3))
    assert (error[IP].src, error[IP].dst) == (WAN4, OUTSIDE4)
    quoted = error[ICMP].payload
    assert (quoted[IPerror].src, quoted[IPerror].dst) == (OUTSIDE4, WAN4)
    assert (quoted[UDPerror].sport, quoted[UDPerror].dport) == (port, 30001)
    assert checksums_are_right(error)
