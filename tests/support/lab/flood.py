# SPDX-License-Identifier: GPL-2.0-or-later
"""flood.py DEVICE FROM-MAC TO-MAC KIND SOURCE DESTINATION PORT SECONDS LEAST: first packets, as many as one core can
send for so long or until SIGTERM comes, and on until it was LEAST.

KIND is "tcp" (SYN), "udp", "icmp" (echo), "dying" (UDP with a TTL of 1), or pieces of UDP datagrams that nobody completes:
"first" or "later". SOURCE is an
address, whose ports and the destination's then change; or a network, of which each packet has another address, in IPv6 another
network of 64 bits; or "invented": any address, as a sender of forged packets would. Checksums are right. Prints that it begins,
and at the end how many it sent.
"""

import ipaddress
import random
import signal
import socket
import struct
import sys
import time

PROTOCOLS = {"tcp": 6, "udp": 17, "dying": 17, "icmp": 1, "icmpv6": 58, "first": 17, "later": 17}
PIECES = {"first": 1, "later": 181 << 3}   # offset and "more follow", as IPv6 has them
BATCH = 256
ON_THEIR_WAY = 48 << 10   # bytes of memory, half of what the kernel takes it for: some 120 frames of this size
INVENTED = {4: b"", 16: bytes.fromhex("20010db80bad") + bytes(6)}   # what is in front of 32 bits, by the length


def fold(value):
    while value >> 16:
        value = (value & 0xffff) + (value >> 16)
    return value


def words(data):
    return sum(struct.unpack(f"!{len(data) // 2}H", data))


def segment(kind, ports, destination, source):
    """A transport header with its checksum over the pseudo header."""
    if kind == "later":
        return bytes(24)
    if kind == "first":
        return struct.pack("!IHH", ports, 1448, 0xbad) + bytes(16)
    if PROTOCOLS[kind] == 17:
        head = struct.pack("!IHH", ports, 8, 0)
    else:
        head = struct.pack("!IIIBBHHH", ports, 1, 0, 5 << 4, 2, 65535, 0, 0)
    check = 0xffff - fold(words(head) + words(source + destination) + PROTOCOLS[kind] + len(head))
    at = 6 if PROTOCOLS[kind] == 17 else 16
    return head[:at] + struct.pack("!H", check or 0xffff) + head[at + 2:]


def echo(kind, number, destination, source):
    """The request, whose id is the number's upper half."""
    head = struct.pack("!BBHI", 8 if kind == "icmp" else 128, 0, 0, number)
    pseudo = words(source + destination) + PROTOCOLS[kind] + len(head) if kind == "icmpv6" else 0
    return head[:2] + struct.pack("!H", 0xffff - fold(words(head) + pseudo)) + head[4:]


def packet(kind, source, destination, ports):
    if kind == "icmp" and len(source) == 16:
        kind = "icmpv6"
    payload = (echo if kind.startswith("icmp") else segment)(kind, ports, destination, source)
    protocol, piece, ttl = PROTOCOLS[kind], PIECES.get(kind, 0), 1 if kind == "dying" else 64
    if len(source) == 16:
        if piece:
            protocol, payload = 44, struct.pack("!BBHI", protocol, 0, piece, ports) + payload
        return struct.pack("!IHBB", 6 << 28, len(payload), protocol, ttl) + source + destination + payload
    fragment = (ports >> 16) << 16 | (piece & 1) << 13 | piece >> 3 if piece else 0
    head = struct.pack("!BBHIBBH", 0x45, 0, 20 + len(payload), fragment, ttl, protocol, 0) + source + destination
    return head[:10] + struct.pack("!H", 0xffff - fold(words(head))) + head[12:] + payload


def address(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def of_network(network, chance):
    host = chance.getrandbits(network.max_prefixlen - network.prefixlen)
    return (int(network[0]) | host or 1).to_bytes(network.max_prefixlen // 8, "big")


def packets(kind, source, destination, port):
    """Without end; each opens a flow of its own."""
    chance = random.Random(port)
    to, network = address(destination), None
    fixed = None if source == "invented" or "/" in source else address(source)
    if "/" in source:
        network = ipaddress.ip_network(source)
    prefix = INVENTED[len(to)]
    while True:
        number = chance.getrandbits(31)
        if network:
            yield packet(kind, of_network(network, chance), to, (1024 + (number >> 16)) << 16 | port)
        elif fixed:
            yield packet(kind, fixed, to, (1024 + number % 64000) << 16 | (1024 + (number >> 16) % 64000))
        else:
            yield packet(kind, prefix + struct.pack("!I", 0x2d000000 | number & 0xffffff), to,
                         (1024 + (number >> 16)) << 16 | port)


def main():
    device, from_mac, to_mac, kind, source, destination, port, seconds, least = sys.argv[1:]
    link = bytes.fromhex((to_mac + from_mac).replace(":", "")) + (b"\x86\xdd" if ":" in destination else b"\x08\x00")
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    # Whoever sends waits until what it sent was received: a queue that it alone kept full would lose the packets of others, of
    # whom a test expects that they get through. The shortest one, of a veth with XDP, has 256 places.
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ON_THEIR_WAY)
    made.bind((device, 0))
    stream, sent, end = packets(kind, source, destination, int(port)), 0, time.monotonic() + float(seconds)
    told = []
    signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    print("begins", flush=True)
    while (not told and time.monotonic() < end) or sent < int(least):
        for _ in range(BATCH):
            try:
                made.send(link + next(stream))
            except OSError:   # the device's queue is full
                continue
            sent += 1
    signal.signal(signal.SIGTERM, signal.SIG_IGN)   # a handler would be gone before the process is
    print(sent)


if __name__ == "__main__":
    main()
