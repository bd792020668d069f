# SPDX-License-Identifier: GPL-2.0-or-later
"""A client comes again from the port that it had, by another address of the same server: its closed connection is not in the way."""

import socket

from harness import clients, forward
from lab.home import OUTSIDE4, WAN4

ADDRESS = "203.0.113.8"


def document(home):
    home["nat"]["forwards"].append(forward("extra", ADDRESS, 443, "192.168.10.2:8080"))


def whole_connection(house, address, asked, port):
    """Both ends have closed it: before that the client's kernel does not give the port again."""
    with clients.connect_tcp(house.outside, address, asked, source=("", port)) as made:
        heard = made.recv(1000)
        made.shutdown(socket.SHUT_WR)
        while more := made.recv(1000):
            heard += more
    return heard.decode()


def scenario(house):
    port = house.port()
    for address, asked in ((WAN4, 80), (ADDRESS, 443), (WAN4, 80)):
        assert OUTSIDE4 in whole_connection(house, address, asked, port)
