# SPDX-License-Identifier: GPL-2.0-or-later
"""A forwarded flow is shown with the inside server as source of its replies, and the forward's name."""

from harness import clients, flow
from lab.home import INSIDE4, OUTSIDE4, WAN4


def scenario(house):
    port = house.port()
    connection = clients.EchoedConnection(house.outside, WAN4, 80, source=("", port))
    assert connection.says("hello")
    flow(house, port, protocol="tcp", state="established", from_zone="internet", to_zone="lan",
         policy="web", nat="web",
         original={"source": OUTSIDE4, "destination": WAN4, "destination_port": 80},
         reply={"source": INSIDE4, "source_port": 8080, "destination": OUTSIDE4, "destination_port": port})
