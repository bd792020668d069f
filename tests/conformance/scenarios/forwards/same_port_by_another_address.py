# SPDX-License-Identifier: GPL-2.0-or-later
"""A client comes again from the port that it had, by another address of the same server: its closed connection is not in the way."""

from harness import clients, forward
from lab.home import OUTSIDE4, WAN4

ADDRESS = "203.0.113.8"


def document(home):
    home["nat"]["forwards"].append(forward("extra", ADDRESS, 443, "192.168.10.2:8080"))


def scenario(house):
    port = house.port()
    for address, asked in ((WAN4, 80), (ADDRESS, 443), (WAN4, 80)):
        assert clients.tcp_peer(house.outside, address, asked, source=("", port)).address == OUTSIDE4
