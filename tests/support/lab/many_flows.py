# SPDX-License-Identifier: GPL-2.0-or-later
"""Datagrams from more ports than a process may have sockets.

many_flows.py answer PORT             answers every datagram to that port, until it is ended
many_flows.py ask ADDRESS PORT FIRST COUNT TRIES
                                      asks from so many ports, FIRST and on, each until it has an answer or was sent
                                      so often; prints how many had one
"""

import contextlib
import select
import socket
import struct
import sys

SO_RCVBUFFORCE = 33   # not in Python's module
BATCH = 64
PATIENCE = 0.05   # seconds without an answer end a batch


def answer(port):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
    made.bind(("", port))
    print("ready", flush=True)
    while True:
        data, sender = made.recvfrom(100)
        with contextlib.suppress(OSError):   # what an ICMP error to an earlier answer says
            made.sendto(data, sender)


class Asker:
    """A raw socket sees all answers, whatever port they are for."""

    def __init__(self, address, port):
        self.port = port
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
        self.socket.connect((address, port))
        self.served = set()

    def send(self, source):
        self.socket.send(struct.pack("!HHHH", source, self.port, 8, 0))

    def receive(self, wanted):
        while not wanted <= self.served and select.select([self.socket], [], [], PATIENCE)[0]:
            source, to = struct.unpack_from("!HH", self.socket.recv(100), 20)
            if source == self.port:
                self.served.add(to)

    def ask(self, sources):
        for source in sources:
            self.send(source)
        self.receive(set(sources))


def ask(address, port, first, count, tries):
    asker = Asker(address, port)
    for _ in range(tries):
        left = [source for source in range(first, first + count) if source not in asker.served]
        for at in range(0, len(left), BATCH):
            asker.ask(left[at:at + BATCH])
    print(len(asker.served))


if __name__ == "__main__":
    if sys.argv[1] == "answer":
        answer(int(sys.argv[2]))
    else:
        ask(sys.argv[2], *map(int, sys.argv[3:]))
