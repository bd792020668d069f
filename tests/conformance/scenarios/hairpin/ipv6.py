# SPDX-License-Identifier: GPL-2.0-or-later
"""Hairpin works for IPv6 as well, where the outside address is masqueraded."""

from harness import clients
from lab.home import WAN6


def document(home):
    home["nat"]["masquerade"][0]["family"] = "both"


def scenario(house):
    assert clients.tcp_peer(house.second, WAN6, 80).address == WAN6
