# SPDX-License-Identifier: GPL-2.0-or-later
"""A hundred sockets of each of two hosts, with the same ports, get each its own answer."""

import socket

from harness.documents import ports_apart
from lab.home import OUTSIDE4, WAN4


def document(home):
    ports_apart(home)


def scenario(house):
    senders = []
    for port in range(20000, 20100):
        for host in (house.inside, house.second):
            senders.append(host.socket(kind=socket.SOCK_DGRAM))
            senders[-1].bind(("", port))
            senders[-1].sendto(b"who am I?", (OUTSIDE4, 7000))
    seen = {tuple(sender.recv(1000).decode().split()) for sender in senders}
    assert len(seen) == 200 and {address for address, _ in seen} == {WAN4}
