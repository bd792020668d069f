# SPDX-License-Identifier: GPL-2.0-or-later
"""A datagram in fragments crosses, in either direction and family."""

import socket

import pytest
from lab.home import INSIDE6, OUTSIDE4, OUTSIDE6, WAN4


@pytest.mark.parametrize("sender, address, port, seen", [
    ("inside", OUTSIDE6, 7000, INSIDE6), ("inside", OUTSIDE4, 7000, WAN4),
    ("outside", WAN4, 30000, OUTSIDE4)])
def scenario(house, sender, address, port, seen):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = house.hosts[sender].socket(family, socket.SOCK_DGRAM)
    made.sendto(b"z" * 4000, (address, port))
    assert made.recv(1000).decode().split()[0] == seen
