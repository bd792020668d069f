# SPDX-License-Identifier: GPL-2.0-or-later
"""A connection goes on when another policy allows it from now on, and counts for that one."""

from harness import clients, flow, policy, without
from lab.home import OUTSIDE4


def renamed(home):
    without(home["policies"], "lan-out")
    home["policies"].append(policy("everybody-out", "lan", "internet"))


def scenario(house):
    port = house.port()
    connection = clients.EchoedConnection(house.inside, OUTSIDE4, 7000, source=("", port))
    assert connection.says("before")
    house.apply(renamed)
    assert connection.says("after")
    flow(house, port, state="established", policy="everybody-out", nat="out")
