# SPDX-License-Identifier: GPL-2.0-or-later
"""Datagrams without an answer: as many as are asked for, or as fast as it goes for a while, and how many arrive."""

import socket
import time

from lab import eventually
from lab.packets import SO_RCVBUFFORCE

SINK = 7999


class Sink:
    """Counts the datagrams that come to a port of this host."""

    def __init__(self, host, address="0.0.0.0", port=SINK):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = host.socket(family, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
        self.socket.bind((address, port))
        self.socket.setblocking(False)
        self.seen = 0

    def count(self):
        """How many came so far."""
        try:
            while True:
                self.socket.recv(2000)
                self.seen += 1
        except BlockingIOError:
            return self.seen

    def gets_about(self, wanted):
        """At least so many, and what a slow machine saves up while it looks."""
        eventually(f"{wanted} datagrams arrive", lambda: self.count() >= wanted)
        return self.count()

    def gets(self, wanted):
        return eventually(f"{wanted} datagrams arrive", lambda: self.count() == wanted)


def sender(host, address, port=SINK, source=0):
    made = host.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("", source))
    made.connect((address, port))
    return made


def send(made, count, size=100):
    for _ in range(count):
        made.send(bytes(size))


def flood(made, seconds, size=100, sink=None):
    """As many as can be sent, and some more, which take what was saved up meanwhile; answers for how long that was.

    The sink is emptied meanwhile.
    """
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        send(made, 20, size)
        if sink:
            sink.count()
    send(made, 500, size)
    return time.monotonic() - start
