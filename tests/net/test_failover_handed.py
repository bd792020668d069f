# SPDX-License-Identifier: GPL-2.0-or-later
"""The link of nodes that all carry: who may hand over there, and what goes first."""

import contextlib
import json
import socket
import struct
import time

import pytest
from carrying_site import CarryingSite
from lab import eventually, floods
from pair_sessions import Sessions, answered, told
from pair_site import CLIENT4, OUTSIDE4
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

NAMES = ("wan", "lan", "sync0")   # of interfaces
UNUSED = 999   # port
LOOKS = 60


@pytest.fixture(scope="module", params=["tc", "xdp"])
def site(request):
    yield from answered(request.param, kind=CarryingSite)


@pytest.fixture(autouse=True)
def settled(site):
    site.settle_all()


@contextlib.contextmanager
def slow_link(site, name):
    """What this node sends to the others goes by a link of 2 Mbit/s, whose queue has room for 100 packets of each class."""
    host = site.gateways[name]
    host.ip("link set sync0 txqueuelen 100")
    host.run("tc", "qdisc", "replace", "dev", "sync0", "root", "handle", "1:", "tbf", "rate", "2mbit", "burst", "4k", "latency", "100ms")
    host.run("tc", "qdisc", "add", "dev", "sync0", "parent", "1:1", "handle", "2:", "pfifo_fast")
    try:
        yield lambda: sum(row["drops"] for row in json.loads(host.run("tc", "-s", "-j", "qdisc", "show", "dev", "sync0").stdout) if row["kind"] == "pfifo_fast")
    finally:
        host.run("tc", "qdisc", "del", "dev", "sync0", "root")


def test_what_nodes_say_to_each_other_goes_before_what_they_hand_over(site):
    """A flood of first packets at the node that follows fills their link."""
    follower = site.standby()
    leader = site.other(follower)
    sessions = Sessions(site)
    told(site)
    mac = site.gateways[follower].mac(site.device(follower, "lan"))
    with slow_link(site, follower) as lost:
        with floods.flood(site.client, mac, "udp", CLIENT4, OUTSIDE4, UNUSED, 30, 50_000, device="wire"):
            eventually("the link is full", lambda: lost() > 1000)
            missed = 0
            for _ in range(LOOKS):
                missed += site.status(leader)["carriers"] != 2
                time.sleep(0.1)
            assert missed <= LOOKS // 4, "the other one is there"   # a machine that stands still for a moment is not heard
            assert sessions.live("meanwhile")
        assert lost() > 10_000
    sessions.close()


def numbers_of_names():
    """A hash of the names of interfaces (FNV-1a), as maps/handover.h has it."""
    hashed = 0xCBF29CE484222325
    for byte in b"".join(name.encode() + b"\0" for name in sorted(NAMES)):
        hashed = (hashed ^ byte) * 0x100000001B3 % 2**64
    return struct.pack("!H", (hashed ^ hashed >> 16 ^ hashed >> 32 ^ hashed >> 48) & 0xFFFF)


def handed(site, number, numbers=None):
    """A datagram of the client, as a node hands it over that got it by this interface; `numbers` is said of those that nodes have."""
    said = numbers_of_names() if numbers is None else numbers
    made = Ether(src=f"06:5c:1d:{said[0]:02x}:{said[1]:02x}:{number:02x}") / IP(src=CLIENT4, dst=OUTSIDE4) / UDP(sport=UNUSED, dport=7000) / b"who am I?"
    return bytes(made)


def say(host, frame, mac):
    with host.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind(("wire", 0))
        raw.send(bytes.fromhex(mac.replace(":", "")) + frame[6:])


def test_nobody_hands_over_but_on_the_link_of_nodes(site):
    """There it is as if it had come in at the other node: that link belongs to gateways alone."""
    leader = site.active()
    gateway = site.gateways[leader]
    flows = lambda: [row for row in gateway.show("flows") if row["original"]["source_port"] == UNUSED]   # noqa: E731
    lan = sorted(NAMES).index("lan") + 1
    before = gateway.drops().get("spoofed", 0)
    say(site.outside, handed(site, lan), gateway.mac(site.device(leader, "wan")))
    eventually("it claims an address of elsewhere", lambda: gateway.drops().get("spoofed", 0) > before)
    before = gateway.drops().get("not-led", 0)
    say(site.store, handed(site, 200), gateway.mac("sync0"))
    eventually("no interface has that number", lambda: gateway.drops().get("not-led", 0) > before)
    before = gateway.drops()["not-led"]
    say(site.store, handed(site, lan, b"\x00\x00"), gateway.mac("sync0"))
    eventually("another document has it", lambda: gateway.drops()["not-led"] > before)
    assert not flows()
    say(site.store, handed(site, lan), gateway.mac("sync0"))
    eventually("it begins a flow", flows)
