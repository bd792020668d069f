# SPDX-License-Identifier: GPL-2.0-or-later
"""A flow through a static mapping is shown with both addresses and the mapping's name."""

from harness import clients, flow
from lab.home import MAIL4, MAIL_OUTSIDE4, OUTSIDE4


def scenario(house):
    port = house.port()
    connection = clients.EchoedConnection(house.outside, MAIL_OUTSIDE4, 25, source=("", port))
    assert connection.says("hello")
    flow(house, port, from_zone="internet", to_zone="lan", policy="mail-in", nat="mail", state="established",
         original={"source": OUTSIDE4, "destination": MAIL_OUTSIDE4},
         reply={"source": MAIL4, "source_port": 25})
