# SPDX-License-Identifier: GPL-2.0-or-later
"""A hairpin is shown with the server as source of its replies and the gateway as their destination."""

from harness import clients, flow
from lab.home import INSIDE4, SECOND4, WAN4


def scenario(house):
    port = house.port()
    connection = clients.EchoedConnection(house.second, WAN4, 80, source=("", port))
    assert connection.says("hello")
    flow(house, port, from_zone="lan", to_zone="lan", policy="web", nat="out", state="established",
         original={"source": SECOND4, "destination": WAN4, "destination_port": 80},
         reply={"source": INSIDE4, "source_port": 8080, "destination": WAN4})
