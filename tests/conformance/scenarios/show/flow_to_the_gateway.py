# SPDX-License-Identifier: GPL-2.0-or-later
"""A connection to the gateway itself is a flow to zone `host`, and one of its own comes from there."""

from harness import clients, flow
from lab.home import OTHER_OUTSIDE4, OUTSIDE4, WAN4


def scenario(house):
    to, own = house.port(), house.port()
    connections = [clients.EchoedConnection(house.outside, WAN4, 22, source=(OTHER_OUTSIDE4, to)),
                   clients.EchoedConnection(house.gateway, OUTSIDE4, 7000, source=(WAN4, own))]
    assert all(connection.says("hello") for connection in connections)
    flow(house, to, from_zone="internet", to_zone="host", policy="admin-ssh", nat=None, state="established",
         original={"source": OTHER_OUTSIDE4, "destination": WAN4}, reply={"source": WAN4, "source_port": 22})
    flow(house, own, from_zone="host", to_zone="internet", policy=None, nat=None, state="established",
         original={"source": WAN4, "destination": OUTSIDE4}, reply={"source": OUTSIDE4, "source_port": 7000})
