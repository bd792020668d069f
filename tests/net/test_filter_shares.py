# SPDX-License-Identifier: GPL-2.0-or-later
"""An inside host that talks to more peers than the filter's table has room for: the filter of others lets their peers in."""

import socket
import time

import documents
import pytest
from lab import clients, eventually, flood, servers
from lab.home import INSIDE4, INSIDE6, OUTSIDE4, OUTSIDE6, SECOND4, WAN4

FLOWS = 16384   # of IPv4, half as many of IPv6; and as many peers as both
WIDE4, WIDE6 = "10.64.{}.{}", "2001:db8:bad:{:x}::{:x}"   # at the outside host
PORT = 7000


@pytest.fixture(scope="module")
def document(hook):
    made = documents.home(hook) | {"tables": {"flows": FLOWS}}
    made["nat"]["masquerade"] = [{"name": "out", "from": "lan", "to": "internet", "family": "both", "filtering": "address-dependent"}]
    return made


@pytest.fixture(scope="module", autouse=True)
def asked(home):
    servers.udp_peer_server(home.outside, PORT)
    for network in ("10.64.0.0/16", "2001:db8:bad::/48"):
        home.outside.ip(f"route add local {network} dev lo")


def peers(home):
    return next(row["rows"] for row in home.gateway.json("status")["tables"] if row["name"] == "peers")


def talk(home, source, destination, count):
    """Echo requests to so many hosts, which answer: nothing that is answered ends before its time."""
    made = home.inside.injector("eth0", home.gateway.mac("lan"))
    link = bytes(made.link)[:12] + (b"\x86\xdd" if ":" in source else b"\x08\x00")
    for number in range(count):
        target = flood.address(destination.format(number >> 8, number & 255 or 256 if ":" in source else number & 255))
        made.send_frame(link + flood.packet("icmp", flood.address(source), target, 5000 << 16))
        if number % 256 == 255:
            time.sleep(0.002)   # the queues of the lab's wires are short


def test_what_the_peers_of_others_send_from_another_port_is_let_in(home):
    for address in (OUTSIDE4, OUTSIDE6):   # who has a flow has a share of the flow table
        clients.ping(home.second, address)
    talk(home, INSIDE4, WIDE4, 2 * FLOWS)
    talk(home, INSIDE6, WIDE6, FLOWS)
    eventually("half of the table is his, and more", lambda: peers(home) > FLOWS * 3 // 4)
    home.lab.log.say(f"{peers(home)} peers")
    with home.second.socket(kind=socket.SOCK_DGRAM, timeout=3) as asks, home.outside.socket(kind=socket.SOCK_DGRAM) as calls:
        asks.bind((SECOND4, 6000))
        asks.sendto(b"who am I?", (OUTSIDE4, PORT))
        seen = servers.Peer.parse(asks.recv(1000).decode())
        assert seen.address == WAN4
        calls.bind((OUTSIDE4, PORT + 1))
        calls.sendto(b"by another port", tuple(seen))
        assert asks.recv(1000) == b"by another port"
