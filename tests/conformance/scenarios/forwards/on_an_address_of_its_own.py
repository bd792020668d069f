# SPDX-License-Identifier: GPL-2.0-or-later
"""A forward may listen on an outside address that no interface has; it comes and goes with the forward."""

from harness import clients, forward
from lab.home import OUTSIDE4

ADDRESS = "203.0.113.8"


def document(home):
    home["nat"]["forwards"].append(forward("extra", ADDRESS, 443, "192.168.10.2:8080"))


def scenario(house):
    assert clients.tcp_peer(house.outside, ADDRESS, 443).address == OUTSIDE4
    assert clients.tcp_peer(house.second, ADDRESS, 443).address != OUTSIDE4
    assert house.gateway.has_address("wan", f"{ADDRESS}/32")
    house.apply()
    assert not house.gateway.has_address("wan", f"{ADDRESS}/32")
