# SPDX-License-Identifier: GPL-2.0-or-later
"""A frame taken apart, with every checksum of it judged; and transport checksums for packets made by hand."""

import socket
import struct

ICMP, TCP, UDP, ICMP6, UDPLITE = 1, 6, 17, 58, 136
CHECKSUM_AT = {ICMP: 2, ICMP6: 2, TCP: 16, UDP: 6, UDPLITE: 6}


def internet_sum(data):
    """RFC 1071: 0xffff over what contains its own right checksum."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def pseudo_header(source, target, protocol, length):
    if protocol == ICMP:
        return b""
    return source + target + struct.pack("!II", length, protocol)   # IPv4's has the same sum in fewer bytes


def covered(protocol, transport):
    """UDP-Lite says how much of it its checksum covers; 0 is all."""
    if protocol != UDPLITE:
        return transport
    return transport[: struct.unpack_from("!H", transport, 4)[0] or len(transport)]


def with_checksum(source, target, protocol, transport):
    """The bytes with the checksum field filled in; the addresses as text."""
    at = CHECKSUM_AT[protocol]
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    blank = transport[:at] + b"\0\0" + transport[at + 2:]
    ends = (socket.inet_pton(family, source), socket.inet_pton(family, target))
    total = internet_sum(pseudo_header(*ends, protocol, len(blank)) + covered(protocol, blank))
    return blank[:at] + struct.pack("!H", ~total & 0xffff or 0xffff) + blank[at + 2:]


class Anatomy:
    """Fields by name; `flaws` lists wrong checksums. ICMP queries have their id as source and target port."""

    def __init__(self, frame):
        self.flaws = []
        kind, packet = frame[12:14], frame[14:]
        self.family = {b"\x08\x00": 4, b"\x86\xdd": 6}.get(kind)
        if self.family == 4:
            self._take4(packet)
        elif self.family == 6:
            self._take6(packet)
        if self.family and self.protocol in CHECKSUM_AT and len(self.transport) >= 8:
            self._take_transport()

    def _take4(self, packet):
        header = (packet[0] & 15) * 4
        length, self.ident, self.fragment = struct.unpack_from("!HHH", packet, 2)
        self.tos, self.ttl, self.protocol = packet[1], packet[8], packet[9]
        self.ends = packet[12:16], packet[16:20]
        self.options, self.transport = packet[20:header], packet[header:length]
        self.source, self.target = (socket.inet_ntop(socket.AF_INET, end) for end in self.ends)
        if internet_sum(packet[:header]) != 0xffff:
            self.flaws.append("IPv4 header")

    def _take6(self, packet):
        word, length, self.protocol, self.ttl = struct.unpack_from("!IHBB", packet)
        self.tos, self.ident, self.fragment, self.options = word >> 20 & 255, word & 0xfffff, 0, b""
        self.ends = packet[8:24], packet[24:40]
        self.transport = packet[40:40 + length]
        self.source, self.target = (socket.inet_ntop(socket.AF_INET6, end) for end in self.ends)

    def _take_transport(self):
        at = CHECKSUM_AT[self.protocol]
        self.checksum, = struct.unpack_from("!H", self.transport, at)
        ports = struct.unpack_from("!HH", self.transport, 4 if at == 2 else 0)
        self.ports = (ports[0], ports[0]) if at == 2 else ports
        start = 6 if at == 2 else 4   # behind the id, or the ports
        self.rest = self.transport[:2 if at == 2 else 0] + self.transport[start:at] + self.transport[at + 2:]
        self._judge_checksum()

    def _judge_checksum(self):
        if self.protocol == UDP and self.family == 4 and self.checksum == 0:
            return
        start = pseudo_header(*self.ends, self.protocol, len(self.transport))
        if internet_sum(start + covered(self.protocol, self.transport)) != 0xffff or (
                self.checksum == 0 and self.protocol in (UDP, UDPLITE)):
            self.flaws.append(f"checksum of protocol {self.protocol}")

    def kept(self):
        """What translation has no business with, the TTL apart."""
        return self.tos, self.ident, self.fragment, self.options, self.protocol, self.rest
