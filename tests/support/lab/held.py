# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets held on their way through a gateway's kernel, between its `forward` and its address translation.

What nfnetlink_queue hands out (linux/netfilter/nfnetlink_queue.h) goes on when it is let go, by the rules of that time.
"""

import socket
import struct

NETLINK_NETFILTER = 12
NLM_F_REQUEST = 1
PACKET, VERDICT, CONFIG = (3 << 8 | kind for kind in (0, 1, 2))   # NFNL_SUBSYS_QUEUE
CFG_COMMAND, CFG_PARAMETERS = 1, 2
PACKET_HEADER, VERDICT_HEADER = 1, 2
BIND, COPY_PACKET, ACCEPT = 1, 2, 1


def _attribute(kind, value):
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def _attributes(text):
    while len(text) >= 4:
        length, kind = struct.unpack_from("=HH", text)
        yield kind & 0x3fff, text[4:length]
        text = text[(length + 3) & ~3:]


class Held:
    """IPv4 packets that leave by `device`, one queue for each machine."""

    def __init__(self, host, device):
        self.host = host
        self.rule = ("iptables-legacy", "-t", "mangle", "{}", "POSTROUTING", "-o", device, "-j", "NFQUEUE", "--queue-num", "0")
        self.socket = host.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self.socket.bind((0, 0))
        self._say(CONFIG, _attribute(CFG_COMMAND, struct.pack(">BBH", BIND, 0, socket.AF_INET)))
        self._say(CONFIG, _attribute(CFG_PARAMETERS, struct.pack(">IB", 0xffff, COPY_PACKET)))
        self._change("-A")

    def _change(self, verb):
        self.host.run(*(word.format(verb) for word in self.rule))

    def _say(self, kind, attributes):
        body = struct.pack(">BBH", socket.AF_UNSPEC, 0, 0) + attributes
        self.socket.send(struct.pack("=IHHII", 16 + len(body), kind, NLM_F_REQUEST, 0, 0) + body)

    def wait(self):
        """The number of the packet that came; TimeoutError: none does."""
        while True:
            message = self.socket.recv(1 << 17)
            if struct.unpack_from("=H", message, 4)[0] == PACKET:
                header = dict(_attributes(message[20:]))[PACKET_HEADER]
                return struct.unpack_from(">I", header)[0]

    def let_go(self, number):
        """The packet goes on, and those after it are not held any more."""
        self._change("-D")
        self._say(VERDICT, _attribute(VERDICT_HEADER, struct.pack(">II", ACCEPT, number)))
