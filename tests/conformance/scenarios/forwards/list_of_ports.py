# SPDX-License-Identifier: GPL-2.0-or-later
"""The ports of a list follow each other inside in the order of the list."""

import pytest
from harness import clients, forward
from lab.home import WAN4
from scapy.layers.inet import TCP


def document(home):
    home["nat"]["forwards"].append(forward("listed", "203.0.113.1", [443, 8443, "9100-9101"], "192.168.10.3"))


@pytest.mark.parametrize("port", [443, 8443, 9100, 9101])
def scenario(house, port):
    lan, source = house.sniff("lan"), house.port()
    assert clients.tcp_outcome(house.outside, WAN4, port, source=("", source)) == "refused"
    assert lan.wait_for("the SYN", lambda p: TCP in p and p[TCP].sport == source)[TCP].dport == port
