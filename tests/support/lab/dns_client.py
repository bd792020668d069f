# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks a resolver: as people do, by dig, and as dnspython reads the answer."""

import socket

import dns.message

from .home import LAN4


def dig(host, *words, server=LAN4):
    """What `dig +short` says."""
    said = host.run("dig", "+short", "+tries=1", "+time=3", f"@{server}", *words, expect=None).stdout
    return [] if ";;" in said else said.split()


def ask(host, name, kind="A", server=LAN4, tcp=False, flags=0, **options):
    """The answer as dnspython reads it."""
    message = dns.message.make_query(name, kind, **options)
    message.flags |= flags
    sock = host.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
    with sock:
        sock.connect((server, 53))
        return over_stream(sock, message) if tcp else over_datagram(sock, message)


def over_datagram(sock, message):
    sock.send(message.to_wire())
    return dns.message.from_wire(sock.recv(65535))


def over_stream(sock, message):
    wire = message.to_wire()
    sock.sendall(len(wire).to_bytes(2, "big") + wire)
    length = int.from_bytes(receive(sock, 2), "big")
    return dns.message.from_wire(receive(sock, length))


def receive(sock, size):
    got = b""
    while len(got) < size and (more := sock.recv(size - len(got))):
        got += more
    return got


def addresses(answer):
    return sorted(row.to_text() for rrset in answer.answer for row in rrset if rrset.rdtype in (1, 28))
