# SPDX-License-Identifier: GPL-2.0-or-later
"""UDP of IPv4 may do without a checksum, which IPv6 demands: the gateway makes one; of pieces it cannot."""

import socket

from harness import eventually
from harness.families import PORT, between, put_in_force
from lab.home import INSIDE6, LAN6, WAN4

SO_NO_CHECK = 11


def scenario(house):
    if not put_in_force(house, between(WAN4, INSIDE6)):
        return
    made = house.outside.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
    for size in (1, 2, 511, 512, 513, 1401, 1452):
        made.sendto(b"z" * size, (WAN4, PORT))
        assert made.recv(1000).decode().split()[0] == LAN6
    gained = house.gained()
    made.sendto(b"z" * 4000, (WAN4, PORT))
    eventually("its first piece is dropped, and the two that waited for it",
               lambda: gained.drops("wan") == {"other-family": 1, "fragment": 2})
