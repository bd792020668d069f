# SPDX-License-Identifier: GPL-2.0-or-later
"""A flow between families is shown with both its sides, and counted as its backend's."""

from harness import clients
from harness.counts import flow
from harness.families import PORT, between, put_in_force
from lab.home import INSIDE6, LAN6, OUTSIDE4, WAN4


def scenario(house):
    if not put_in_force(house, between(WAN4, INSIDE6)):
        return
    port = house.port()
    held = clients.EchoedConnection(house.outside, WAN4, PORT, source=("", port))
    assert held.says("here")
    row = flow(house, port, original={"source": OUTSIDE4, "destination": WAN4},
               reply={"source": INSIDE6, "destination": LAN6, "source_port": 8080, "destination_port": held.peer.port})
    assert row["reply"]["packets"] > 1
    [backend] = house.show("services")
    assert (backend["connections"], backend["flows"]) == (1, 1)
    held.close()
