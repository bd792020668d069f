# SPDX-License-Identifier: GPL-2.0-or-later
"""A service with a source set serves its members; others are counted as refused by it."""

from harness import assert_dropped, clients
from harness.services import PORT, backends, put_service
from lab.home import OTHER_OUTSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, TCP


def document(home):
    put_service(home, backends("one"), source="admins")


def scenario(house):
    assert clients.tcp_peer(house.outside, WAN4, PORT, source=(OTHER_OUTSIDE4, 0)).address == OTHER_OUTSIDE4
    syn = IP(src=OUTSIDE4, dst=WAN4) / TCP(sport=house.port(), dport=PORT, flags="S")
    assert_dropped(house, "outside", syn, "forward-source")
