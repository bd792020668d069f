# SPDX-License-Identifier: GPL-2.0-or-later
"""The counters of a policy that stays go on from where they were."""

from harness import clients, policy
from lab.home import OUTSIDE4


def other(home):
    home["policies"].insert(0, policy("first", "lan", "internet", "drop", protocol="tcp", ports=99))


def scenario(house):
    gained = house.gained()
    for change in (None, other, None):
        house.apply(change)
        clients.udp_peer(house.inside, OUTSIDE4, 7000, source=("", house.port()))
    assert gained.policy("lan-out")["flows"] == 3 and gained.policy("lan-out")["packets"] == 6
