# SPDX-License-Identifier: GPL-2.0-or-later
"""Two hosts that call each other at the same time get one connection (RFC 5382 REQ-2)."""

import socket

from harness import eventually
from lab.home import OUTSIDE4, WAN4


def caller(host, port, target):
    made = host.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("", port))
    made.setblocking(False)
    made.connect_ex(target)   # goes on by itself
    return made


def state(made):
    return made.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]


def scenario(house):
    """The outside calls first, in vain, and waits for an answer; what comes instead is a call."""
    here, there, established = house.port(), house.port(), 1
    outside = caller(house.outside, there, (WAN4, here))
    inside = caller(house.inside, here, (OUTSIDE4, there))
    eventually("both are connected", lambda: state(inside) == state(outside) == established)
    for one, other in ((inside, outside), (outside, inside)):
        one.send(b"hello")
        assert eventually("it arrives", lambda receiver=other: receiver.recv(10)) == b"hello"
