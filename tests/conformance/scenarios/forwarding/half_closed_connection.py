# SPDX-License-Identifier: GPL-2.0-or-later
"""A connection that one side has closed goes on carrying what the other side sends."""

import socket

from harness import clients, forward
from lab.home import WAN4


def document(home):
    home["nat"]["forwards"].append(forward("half", WAN4, 8090, "192.168.10.3"))


def scenario(house):
    listener = house.second.socket()
    listener.bind(("", 8090))
    listener.listen()
    client = clients.connect_tcp(house.outside, WAN4, 8090)
    server, _ = listener.accept()
    house.lab.defer(server.close)
    client.sendall(b"that is all")
    client.shutdown(socket.SHUT_WR)
    assert server.recv(100) == b"that is all" and server.recv(100) == b""
    for number in range(20):
        server.sendall(b"answer %d\n" % number)
    server.close()
    assert client.makefile().read().splitlines() == [f"answer {number}" for number in range(20)]
