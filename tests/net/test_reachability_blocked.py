# SPDX-License-Identifier: GPL-2.0-or-later
"""A box with a port at home, a relay and a name: its path changes, and the name follows; its way out drops UDP for a while, the status
says so, and all is back by itself soon afterwards.
"""

import pytest
from lab import clients, eventually
from lab.authority import NameServer
from lab.stun_server import StunServer
from relay_site import RELAY4, RelaySite, box_document

STUN4, OTHER_STUN4, NAMES4 = "192.0.2.200", "192.0.2.201", "192.0.2.202"
OUTSIDE4 = "192.0.2.13"   # of the NAT that the box is behind
ZONE, NAME = "example.org", "alice.example.org"
ELSEWHERE = "192.0.2.99"
PORT = 51820
WAY = ("ebpf", "tc")


@pytest.fixture(scope="module")
def hook():
    return "tc"


@pytest.fixture(scope="module")
def site(lab):
    made = RelaySite(lab, WAY)
    made.net.addresses("lo", *(f"{address}/32" for address in (STUN4, OTHER_STUN4, NAMES4)))
    made.stun = StunServer(made.net, STUN4, OTHER_STUN4)
    made.names = NameServer(made.net, NAMES4, [ZONE], ELSEWHERE)
    made.box_nat.run("nft", f"add table ip home; add chain ip home in {{ type nat hook prerouting priority dstnat; }}; "
                        f"add rule ip home in iifname out udp dport {PORT} dnat to 192.168.12.2:{PORT}; "
                        "add chain ip home strangers { type filter hook forward priority filter; }")
    close_port(made)
    made.start().is_reached()
    document = box_document(WAY, "eu")
    document["resolver"] = {"upstreams": [NAMES4]}
    document["reachability"] |= {"stun": [STUN4], "dynamic_dns": {"name": NAME, "rfc2136": {"server": NAMES4, "zone": ZONE, "key_file": str(made.names.key)}}}
    made.box.apply(document)
    return made


def status(site):
    return site.box.get("/v1/device/status")


def open_port(site):
    """As somebody does by hand at his router."""
    site.box_nat.run("nft", "flush chain ip home strangers")


def close_port(site):
    site.box_nat.run("nft", "add rule ip home strangers iifname out ct status dnat drop")


def block_udp(site):
    site.box_nat.run("nft", "add table inet block; add chain inet block way { type filter hook forward priority filter; }; add rule inet block way meta l4proto udp drop")


def free_udp(site):
    site.box_nat.run("nft", "delete table inet block")


def leads_to(site, address, port):
    return site.names.ask(NAME, "A") == address and site.names.ask(f"_wireguard._udp.{NAME}", "SRV") == f"0 0 {port} {NAME}."


def test_the_name_leads_to_the_relay_while_that_is_the_path(site):
    eventually("it is reached by the relay", lambda: status(site)["path"] == "relay", within=20)
    port = site.relay.config("alice")["port"]
    eventually("the name says so", lambda: leads_to(site, RELAY4, port), within=20)
    eventually("who changed it has said so", lambda: status(site)["dns"]["status"] == "current")
    dns = status(site)["dns"]
    assert (dns["points_to"], dns["port"]) == ([RELAY4], port)


def test_and_to_the_gateway_itself_where_strangers_get_through(site):
    open_port(site)
    site.box.sluice("reachability", "test")
    assert status(site)["path"] == "direct" and status(site)["endpoint"] == f"{OUTSIDE4}:{PORT}"
    eventually("the name follows", lambda: leads_to(site, OUTSIDE4, PORT), within=30)


def test_and_back(site):
    close_port(site)
    site.box.sluice("reachability", "test")
    assert status(site)["path"] == "relay"
    eventually("the name follows", lambda: leads_to(site, RELAY4, site.relay.config("alice")["port"]), within=30)


def test_a_relay_that_is_gone_leaves_the_name_to_nobody_else(site):
    """Nobody knows that strangers get through to where servers see the gateway, and it is the best that is known."""
    site.net.ip("link set eth0 down")
    eventually("the relay is down", lambda: status(site)["relay"]["connected"] is False, within=20)
    eventually("the name leads to where servers see it", lambda: leads_to(site, OUTSIDE4, PORT), within=30)
    site.net.ip("link set eth0 up")
    eventually("the relay is back", lambda: status(site)["path"] == "relay", within=40)
    eventually("the name too", lambda: leads_to(site, RELAY4, site.relay.config("alice")["port"]), within=30)


def test_a_way_out_without_udp_is_told_and_comes_back_by_itself(site):
    open_port(site)
    site.box.sluice("reachability", "test")
    eventually("the name leads here", lambda: leads_to(site, OUTSIDE4, PORT), within=30)
    block_udp(site)
    site.box.sluice("reachability", "test", expect=1)
    eventually("no relay is left", lambda: site.used()["state"] == "down", within=20)
    blocked = status(site)
    assert (blocked["path"], blocked["endpoint"], blocked["stun"]["status"], blocked["relay"]["connected"]) == ("none", None, "silent", False)
    clients.ping(site.box, STUN4)
    free_udp(site)
    eventually("strangers get through", lambda: status(site)["path"] == "direct", within=30)
    eventually("the relay is there", lambda: site.used()["state"] == "up", within=30)
    eventually("the name leads here", lambda: status(site)["dns"]["status"] == "current" and leads_to(site, OUTSIDE4, PORT), within=30)
