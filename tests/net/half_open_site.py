# SPDX-License-Identifier: GPL-2.0-or-later
"""Services of both families whose backends are asked by TCP, and what is seen of that."""

import contextlib
import socket

import documents
import pytest
from lab import eventually
from lab.home import INSIDE4, INSIDE6, WAN4, WAN6
from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.inet6 import ICMPv6DestUnreach, IPv6

PORT, SERVED = 8081, 8090
QUICK = {"interval": "100ms", "timeout": "100ms", "rise": 1, "fall": 2}
PATIENT = {"interval": "500ms", "timeout": "500ms", "rise": 1, "fall": 2}
TARGETS = {"four": INSIDE4, "six": INSIDE6}
SYN, RST, SYN_ACK, RST_ACK, KINDS = 2, 4, 18, 20, 23   # of flags


def near(address):
    return f"[{address}]:{SERVED}" if ":" in address else f"{address}:{SERVED}"


def served(hook, targets=None, **health):
    """Services of each family whose backends have these addresses: a hundred each at most."""
    made = documents.carried_by("nftables") if hook == "nftables" else documents.home(hook)
    made["underlays"] = {"near": {"zone": "lan"}}
    made["services"] = {}
    for service, listen, is_six in (("pool", WAN4, False), ("pool6", WAN6, True)):
        rows = [{"name": name, "near": near(address)} for name, address in (targets or TARGETS).items() if (":" in address) == is_six]
        for first in range(0, len(rows), 100):
            made["services"][f"{service}-{first}"] = {"listen": listen, "ports": PORT + first // 100, "backends": rows[first:first + 100],
                                                      "health": {"type": "tcp", **QUICK, **health}}
    return made


@pytest.fixture(scope="module", params=["tc", "xdp", "nftables"])
def hook(request):
    """Here nftables counts as a hook."""
    return request.param


@pytest.fixture(scope="module")
def document(hook):
    return served(hook)


@contextlib.contextmanager
def listening(host, backlog=128):
    """To both families; nobody accepts."""
    with contextlib.closing(host.socket(socket.AF_INET6)) as made:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("::", SERVED))
        made.listen(backlog)
        yield made


@contextlib.contextmanager
def firewalled(host, verdict):
    """The host's own rules for who comes to the port."""
    host.run("nft", f"add table inet own; add chain inet own input {{ type filter hook input priority 0; }}; "
             f"add rule inet own input tcp dport {SERVED} {verdict}")
    try:
        yield
    finally:
        host.run("nft", "delete table inet own")


def rows_of(gateway):
    return {row["backend"]: row for row in gateway.show("services")}


def await_states(gateway, **wanted):
    eventually(f"backends are {wanted}",
               lambda: {name: row["state"] for name, row in rows_of(gateway).items() if name in wanted} == wanted)


def await_reason(gateway, reason, *names):
    eventually(f"the reason is {reason}", lambda: {rows_of(gateway)[name]["reason"] for name in names} == {reason})


def is_down(gateway, name):
    """How often that was told."""
    return gateway.daemon.output().count(f"{name} over near is down: ")


def asks(packet, address=INSIDE4):
    """A SYN of a check."""
    layer = IPv6 if ":" in address else IP
    return layer in packet and packet[layer].dst == address and TCP in packet and (
        packet[TCP].dport == SERVED and packet[TCP].flags & KINDS == SYN)


def forged(question, flags, acknowledged, number=0):
    layer = IPv6 if IPv6 in question else IP
    return layer(src=question[layer].dst, dst=question[layer].src) / TCP(
        sport=SERVED, dport=question[TCP].sport, flags=flags, seq=number, ack=acknowledged & 0xFFFFFFFF)


def unreachable(question, number):
    """An error of ICMP, of the backend's own host, that quotes a SYN with this number."""
    layer = IPv6 if IPv6 in question else IP
    kind = ICMPv6DestUnreach(code=3) if layer is IPv6 else ICMP(type=3, code=1)
    quoted = layer(src=question[layer].src, dst=question[layer].dst) / TCP(sport=question[TCP].sport, dport=SERVED, seq=number)
    return layer(src=question[layer].dst, dst=question[layer].src) / kind / quoted
