# SPDX-License-Identifier: GPL-2.0-or-later
"""A host of a VRF reaches IPv4 behind a prefix where its VRF leaves that to another one, and `explain` names the rule."""

from harness import TENANT6, clients, tenants
from harness.explained import ask
from lab.home import LAN4, OUTSIDE4, WAN4

REACHED = f"64:ff9b::{OUTSIDE4}"


def translated(home):
    tenants(home)
    home["nat"]["nat64"] = [{"name": "six-only", "from": ["red", "lan"], "to": "internet"}]


def scenario(house):
    if house.variant.engine == "nftables":
        assert "the nftables engine has no NAT64" in house.apply(translated, expect=3).stderr
        return
    house.apply(translated)
    assert clients.tcp_peer(house.red, REACHED, 7000).address == WAN4
    assert clients.udp_peer(house.red, REACHED, 7000)[0] == WAN4
    clients.ping(house.red, REACHED, count=2)
    held = clients.EchoedConnection(house.red, REACHED, 7000)
    assert all(held.says("x" * size) for size in (1, 1400, 9000))
    assert clients.tcp_peer(house.inside, REACHED, 7000).address == WAN4
    # Of the gateway, and of nobody who may be asked.
    for nobody in (WAN4, LAN4, "127.0.0.1"):
        assert clients.udp_outcome(house.red, f"64:ff9b::{nobody}", 7000) == "silence"
    assert clients.tcp_outcome(house.blue, REACHED, 7000, timeout=0.3) != "answered", "no rule is for its zone"
    told = ask(house.gateway, **{"in": "red", "source": f"[{TENANT6}]:4000", "destination": f"[{REACHED}]:7000", "protocol": "tcp"})
    assert [(row["finding"], row["rule"]) for row in told["stages"] if row["stage"] == "destination"] == [
        (f"NAT64 leads to {OUTSIDE4}:7000", "six-only")]
