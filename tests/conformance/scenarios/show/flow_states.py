# SPDX-License-Identifier: GPL-2.0-or-later
"""A flow is half-open until it is answered, then established, and closing after its end."""

import socket

from harness import clients, flow
from lab.home import OUTSIDE4


def scenario(house):
    udp, tcp = house.port(), house.port()
    sender = house.inside.socket(kind=socket.SOCK_DGRAM)
    sender.bind(("", udp))
    sender.sendto(b"nobody answers", (OUTSIDE4, 6001))
    flow(house, udp, state="half-open", original={"packets": 1}, reply={"packets": 0})
    connection = clients.EchoedConnection(house.inside, OUTSIDE4, 7000, source=("", tcp))
    flow(house, tcp, state="established")
    connection.close()
    flow(house, tcp, state="closing")
