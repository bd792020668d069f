# SPDX-License-Identifier: GPL-2.0-or-later
"""An inside port is seen as the same outside port by whoever it talks to (RFC 4787)."""

import socket

from harness import servers
from lab.home import FAR4, OUTSIDE4, WAN4


def scenario(house):
    port, seen = house.port(), set()
    sender = house.inside.socket(kind=socket.SOCK_DGRAM)
    sender.bind(("", port))
    for address in (OUTSIDE4, FAR4):
        sender.sendto(b"who am I?", (address, 7000))
        seen.add(servers.Peer.parse(sender.recv(1000).decode()))
    assert seen == {(WAN4, port)}
