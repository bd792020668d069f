# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets of all kinds with random fields, between ends that answer nothing by themselves."""

import random
import socket
import struct

from lab import eventually
from lab.anatomy import ICMP, ICMP6, TCP, UDP, UDPLITE, Anatomy, internet_sum, with_checksum

# No timestamp or route to record: routers write into those, and the kernel is one.
OPTIONS = (b"", b"", b"\x01\x01\x01\x00", b"\x94\x04\x00\x00", b"\x88\x04\x12\x34\x01\x01\x01\x00")
SYN, SYN_ACK = 2, 0x12


class RandomPackets:
    """The same packets for the same seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def body(self):
        return self.random.randbytes(self.random.choice((0, 1, 2, 3, self.random.randrange(400))))

    def _tcp(self, source, target, answered):
        if answered:
            seen, = struct.unpack_from("!I", answered.transport, 4)
            data = len(answered.transport) - (answered.transport[12] >> 4) * 4
            return struct.pack("!HHIIBBHHH", source, target, self.random.getrandbits(32), (seen + 1 + data) % (1 << 32),
                               0x50, SYN_ACK, self.random.getrandbits(16), 0, 0)
        options = self.random.choice((b"", b"\x01\x03\x03\x07", b"\x04\x02\x01\x01"))
        return struct.pack("!HHIIBBHHH", source, target, self.random.getrandbits(32), 0, 0x50 + len(options) * 4,
                           SYN, self.random.getrandbits(16), 0, 0) + options + self.body()

    def _transport(self, protocol, source, target, answered):
        if protocol == TCP:
            return self._tcp(source, target, answered)
        body = self.body()
        if protocol == UDP:
            return struct.pack("!HHHH", source, target, 8 + len(body), 0) + body
        if protocol == UDPLITE:
            coverage = self.random.choice((0, 8, 8 + len(body), self.random.randrange(8, 9 + len(body))))
            return struct.pack("!HHHH", source, target, coverage, 0) + body
        kinds = (8, 0) if protocol == ICMP else (128, 129)
        return struct.pack("!BBHHH", kinds[bool(answered)], 0, 0, source, self.random.getrandbits(16)) + body

    def packet(self, protocol, ends, ports, answered=None):
        """An IP packet as bytes; `answered` is the one that it answers, taken apart."""
        transport = with_checksum(*ends, protocol, self._transport(protocol, *ports, answered))
        if protocol == UDP and ":" not in ends[0] and self.random.random() < 0.3:
            transport = transport[:6] + b"\0\0" + transport[8:]   # IPv4 may do without
        return (self._ip6 if ":" in ends[0] else self._ip4)(protocol, ends, transport)

    def _ip4(self, protocol, ends, transport):
        options = self.random.choice(OPTIONS)
        header = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, self.random.randrange(256),
                             20 + len(options) + len(transport), self.random.getrandbits(16),
                             self.random.choice((0, 0x4000)), self.random.randrange(2, 256), protocol, 0)
        whole = header + b"".join(socket.inet_aton(end) for end in ends) + options
        return whole[:10] + struct.pack("!H", ~internet_sum(whole) & 0xffff) + whole[12:] + transport

    def _ip6(self, protocol, ends, transport):
        word = 6 << 28 | self.random.getrandbits(28)
        return struct.pack("!IHBB", word, len(transport), protocol, self.random.randrange(2, 256)) + b"".join(
            socket.inet_pton(socket.AF_INET6, end) for end in ends) + transport


def taken_apart(packet):
    kind = b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd"
    return Anatomy(bytes(12) + kind + packet)


def protocols(family, forwarded):
    if forwarded:
        return TCP, UDP
    return TCP, UDP, UDPLITE, ICMP if family == 4 else ICMP6


def _is(sent, seen, end):
    """Whether that is the packet, by what no translation changes."""
    return getattr(seen, "rest", None) == sent.rest and seen.ports[end] == sent.ports[end]


def await_packet(sniffer, sent, end):
    """The packet on the other side. `end`: which of its ports, 0 or 1, is the peer's, and stays."""
    def look():
        return [seen for seen in map(Anatomy, list(sniffer.frames)) if seen.family and _is(sent, seen, end)]

    return eventually(f"{sniffer.name} sees protocol {sent.protocol}, ports {sent.ports}, checksum {sent.checksum:#x}",
                      look, within=5)[0]
