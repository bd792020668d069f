# SPDX-License-Identifier: GPL-2.0-or-later
"""An error that comes in is translated with the packet that it quotes, and its checksums are right."""

from harness import clients
from harness.frames import checksums_are_right, is_icmp
from lab.home import INSIDE4, OUTSIDE4
from scapy.layers.inet import ICMP, IP, IPerror, UDPerror


def scenario(house):
    lan, port = house.sniff("lan"), house.port()
    clients.udp_outcome(house.inside, OUTSIDE4, 9, source=("", port), timeout=2)
    error = lan.wait_for("the error", is_icmp(3, 3))
    assert (error[IP].src, error[IP].dst) == (OUTSIDE4, INSIDE4)
    quoted = error[ICMP].payload
    assert (quoted[IPerror].src, quoted[IPerror].dst) == (INSIDE4, OUTSIDE4)
    assert (quoted[UDPerror].sport, quoted[UDPerror].dport) == (port, 9)
    assert checksums_are_right(error)
