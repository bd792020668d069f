# SPDX-License-Identifier: GPL-2.0-or-later
"""Pieces of two tenants' datagrams that look the same in every field never become one datagram."""

import socket

from harness import TENANT4, tenants
from harness.silence import mark
from lab.home import OUTSIDE4
from scapy.layers.inet import IP, UDP, fragment

LENGTH = 2400


def document(home):
    tenants(home)


def datagram(source_port, port, text):
    return text * (LENGTH // len(text)), fragment(
        IP(src=TENANT4, dst=OUTSIDE4, id=777) / UDP(sport=source_port, dport=port) / (text * (LENGTH // len(text))), 1400)


def scenario(house):
    receiver = house.outside.socket(kind=socket.SOCK_DGRAM, timeout=3)
    receiver.bind(("", 0))
    port, source = receiver.getsockname()[1], house.port()
    whole, pieces = zip(*(datagram(source, port, mark()) for _ in range(2)), strict=True)
    for red, blue in zip(*pieces, strict=True):
        house.inject("red", red)
        house.inject("blue", blue)
    received = {receiver.recvfrom(LENGTH * 2) for _ in range(2)}
    assert {text for text, _ in received} == set(whole)
    assert len({peer for _, peer in received}) == 2
