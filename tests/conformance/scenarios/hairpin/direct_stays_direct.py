# SPDX-License-Identifier: GPL-2.0-or-later
"""Inside hosts that know each other's address do not meet the gateway."""

from harness import clients
from lab.home import INSIDE4, SECOND4


def scenario(house):
    gained = house.gained()
    assert clients.tcp_peer(house.second, INSIDE4, 8080).address == SECOND4
    assert gained.forward("web")["flows"] == 0 and gained.policy("lan-out")["flows"] == 0
