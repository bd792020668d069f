# SPDX-License-Identifier: GPL-2.0-or-later
"""The end of a host's TCP connections, as `ss --kill` brings it about, without a process for each host.

struct inet_diag_req_v2 and struct inet_diag_msg of linux/inet_diag.h, in messages of netlink (RFC 3549).
"""

import socket
import struct

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY, SOCK_DESTROY = 20, 21
REQUEST, DUMP, DONE = 0x1, 0x300, 3
TCP_LISTEN = 10
ALL_BUT_LISTENING = 0xffffffff & ~(1 << TCP_LISTEN)

HEADER = struct.Struct("=IHHII")    # length, type, flags, sequence number, port
ASKED = struct.Struct("=BBBxI48s")  # family, protocol, extensions, states, who
FOUND = struct.Struct("=BBBB48s")   # family, state, timer, tries, who
NOBODY = bytes(48)


class Connections:
    """Of one host."""

    def __init__(self, host):
        self.socket = host.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG)

    def end(self):
        """All that is not listening: reset, without a word to the other end where it cannot be told."""
        for family in (socket.AF_INET, socket.AF_INET6):
            for who in self._found(family):
                self._send(SOCK_DESTROY, 0, family, who)

    def _send(self, kind, flags, family, who):
        body = ASKED.pack(family, socket.IPPROTO_TCP, 0, ALL_BUT_LISTENING, who)
        self.socket.send(HEADER.pack(HEADER.size + len(body), kind, REQUEST | flags, 0, 0) + body)

    def _found(self, family):
        self._send(SOCK_DIAG_BY_FAMILY, DUMP, family, NOBODY)
        found = []
        while True:
            answer = memoryview(self.socket.recv(1 << 17))
            while answer:
                length, kind = HEADER.unpack_from(answer)[:2]
                if kind == DONE:
                    return found
                if kind == SOCK_DIAG_BY_FAMILY:
                    found.append(FOUND.unpack_from(answer, HEADER.size)[-1])
                answer = answer[(length + 3) & ~3:]
