# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets of every kind whose payload says who sent them to whom, and how: where one turns up it tells by itself whether it may.

They are built by hand: scapy takes half a millisecond for each, and a scan has tens of thousands.
"""

import ipaddress
import re
import struct
from typing import NamedTuple

from scapy.utils import checksum

PORT = 9999   # opened by no policy and no forward; each sender has its own port, so that nobody's packets are another's answers
TCP, UDP, ICMP, ICMP6, ROUTING, FRAGMENT, NO_NEXT, SCTP = 6, 17, 1, 58, 43, 44, 59, 132
FLAGS = {"syn": 0x02, "syn-ack": 0x12, "ack": 0x10, "rst": 0x04, "fin": 0x11, "null": 0}
# IGMP, IP in IP, GRE, ESP, AH, UDP-Lite, one that nobody has
BARE = {"igmp": 2, "ipip": 4, "gre": 47, "esp": 50, "ah": 51, "udp-lite": 136, "253": 253}
GRE_OF_IPV4 = bytes.fromhex("00000800")
WRITTEN = re.compile(rb"@{([\w. -]+)}@")
PIECES, WHOLE = 3, 1024   # of a datagram in pieces; bytes of each


class Mark(NamedTuple):
    """`source`: whose address it has, "own" or what a liar says; `phase`: of the scan."""

    phase: str
    sender: str
    target: str
    family: str
    kind: str
    source: str

    def __str__(self):
        return f"{self.sender} to {self.target}, IPv{self.family} {self.kind}, source: {self.source} (phase: {self.phase})"

    def text(self):
        """What WRITTEN finds of it."""
        return " ".join(self).encode()

    def bytes(self):
        return b"@{" + self.text() + b"}@"

    @classmethod
    def of(cls, text):
        """Of what WRITTEN finds in a packet, in a piece, or in what an error quotes. None: it found something else."""
        words = text.decode().split(" ")
        return cls(*words) if len(words) == len(cls._fields) else None


class Ends(NamedTuple):
    """Of one packet, as bytes. `middle`: where a source route leads first; `port`: the sender's, and its echoes' identifier."""

    source: bytes
    target: bytes
    middle: bytes
    port: int

    @classmethod
    def of(cls, source, target, middle, port):
        return cls(*(ipaddress.ip_address(one).packed for one in (source, target, middle)), port)

    @property
    def six(self):
        return len(self.source) == 16

    def back(self):
        return self._replace(source=self.target, target=self.source)


def packet(ends, protocol, body, hops=64, offset=0, more=False, options=b""):
    """With a header of the family of its ends; `offset` in bytes, of a piece."""
    if ends.six:
        return struct.pack("!IHBB", 6 << 28, len(body), protocol, hops) + ends.source + ends.target + body
    head = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0, 20 + len(options) + len(body), 4242,
                       offset >> 3 | more << 13, hops, protocol, 0) + ends.source + ends.target + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def summed(ends, protocol, body, at):
    """The body with its checksum at that place, over the pseudo header too (RFC 9293, 8200)."""
    pseudo = ends.source + ends.target + struct.pack("!II", len(body), protocol)
    return body[:at] + struct.pack("!H", checksum(pseudo + body) or 0xffff) + body[at + 2:]


def datagram(ends, mark):
    return summed(ends, UDP, struct.pack("!HHHH", ends.port, PORT, 8 + len(mark), 0) + mark, 6)


def segment(ends, mark, flags):
    head = struct.pack("!HHIIBBHHH", ends.port, PORT, 1, flags >> 4 & 1, 5 << 4, flags, 65535, 0, 0)
    return summed(ends, TCP, head + mark, 16)


def icmp(ends, kind, code, rest, mark):
    """Of the family; `kind` is a pair of both."""
    body = struct.pack("!BBHI", kind[ends.six], code, 0, rest) + mark
    if ends.six:
        return summed(ends, ICMP6, body, 2)
    return body[:2] + struct.pack("!H", checksum(body)) + body[4:]


def message(kind, code=0, rest=None, quotes=False):
    """ICMP of both families; an error quotes a datagram that the target would have sent."""
    def make(ends, mark):
        body = packet(ends.back(), UDP, datagram(ends.back(), mark)) if quotes else mark
        number = ends.port << 16 | 1 if rest is None else rest
        return [packet(ends, ICMP6 if ends.six else ICMP, icmp(ends, kind, code, number, body))]
    return make


def pieces(ends, mark):
    body = (struct.pack("!HHHH", ends.port, PORT, PIECES * WHOLE, 0) + mark * PIECES * WHOLE)[:PIECES * WHOLE]
    for number in range(PIECES):
        offset, more = number * WHOLE, number < PIECES - 1
        part = body[offset:offset + WHOLE]
        if ends.six:
            yield packet(ends, FRAGMENT, struct.pack("!BBHI", UDP, 0, offset | more, 4242) + part)
        else:
            yield packet(ends, UDP, part, offset=offset, more=more)


def tiny_piece(ends, mark):
    """A later piece that says nothing of ports, of a datagram that nobody began."""
    if ends.six:
        return [packet(ends, FRAGMENT, struct.pack("!BBHI", UDP, 0, 1480, 77) + mark)]
    return [packet(ends, UDP, mark, offset=1480)]


def source_route(ends, mark):
    """By the gateway's own address first (RFC 791; RFC 5095 forbids it in IPv6)."""
    first = ends._replace(target=ends.middle)
    if ends.six:
        route = struct.pack("!BBBBI", UDP, 2, 0, 1, 0) + ends.target
        return [packet(first, ROUTING, route + datagram(ends, mark))]
    return [packet(first, UDP, datagram(ends, mark), options=bytes([131, 7, 4]) + ends.target + b"\0")]


def with_options(ends, mark):
    if ends.six:
        return [packet(ends, number, struct.pack("!BBBBI", UDP, 0, 1, 4, 0) + datagram(ends, mark)) for number in (0, 60)]
    return [packet(ends, UDP, datagram(ends, mark), options=bytes([7, 7, 4, 0, 0, 0, 0, 0]))]


def sctp(ends, mark):
    """INIT; its CRC is right nowhere, which is for its end to see."""
    return [packet(ends, SCTP, struct.pack("!HHII", ends.port, PORT, 0, 0) + b"\1\0\0\x14" + bytes(16) + mark)]


PLAIN = {
    "udp": lambda ends, mark: [packet(ends, UDP, datagram(ends, mark))],
    "syn": lambda ends, mark: [packet(ends, TCP, segment(ends, mark, FLAGS["syn"]))],
    "echo": message((8, 128)),
    "unreachable": message((3, 1), 3, 0, quotes=True),
}
KINDS = PLAIN | {
    **{name: lambda ends, mark, flags=flags: [packet(ends, TCP, segment(ends, mark, flags))] for name, flags in FLAGS.items()},
    "echo-reply": message((0, 129)),
    "exceeded": message((11, 3), 0, 0, quotes=True),
    "redirect": message((5, 137), 1, 0, quotes=True),
    "dying": lambda ends, mark: [packet(ends, UDP, datagram(ends, mark), hops=1)],
    "sctp": sctp,
    "pieces": pieces,
    "tiny": tiny_piece,
    "options": with_options,
    "source-route": source_route,
    **{name: lambda ends, mark, number=number: [packet(ends, number, mark)] for name, number in BARE.items()},
    "igmp": lambda ends, mark: [packet(ends, BARE["igmp"], mark, hops=1)],
    "ipip": lambda ends, mark: [packet(ends, BARE["ipip"], packet(ends, UDP, datagram(ends, mark)))],
    "gre": lambda ends, mark: [packet(ends, BARE["gre"], GRE_OF_IPV4 + packet(ends, UDP, datagram(ends, mark)))],
}


def packets(kinds, ends, mark):
    """All of these kinds; the mark says which it is."""
    for kind in kinds:
        yield from KINDS[kind](ends, mark._replace(kind=kind).bytes())
