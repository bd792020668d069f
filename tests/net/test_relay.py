# SPDX-License-Identifier: GPL-2.0-or-later
"""A phone with the stock app reaches a box behind NAT through a relay, by each way of carrying traffic; and strangers, other
clients and floods reach nothing.
"""

import base64
import os
from pathlib import Path

import pytest
import ways
from lab import Lab, clients, eventually, servers
from lab.download import Download
from lab.floods import flood
from relay_site import HUB4, HUB_PORT, INSIDE4, RELAY4, RELAY6, SERVED, TLS, Firewall, PlainClient, RelaySite, goes_over_tls, pair

hook, engine = ways.hook, ways.engine   # of each way

INNER = 1340   # of what is in a tunnel in a tunnel over Ethernet: 1500 - 80 - 80
ECHO = 51820   # what the other client has where its WireGuard would listen


def random_key():
    """Every 32 bytes are the public key of somebody (RFC 7748)."""
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture(scope="module", params=[("ebpf", "tc"), ("ebpf", "xdp"), ("nftables", "tc")], ids=str)
def way(request):
    return request.param


@pytest.fixture(scope="module")
def lab(hook):
    with Lab(hook) as made:
        yield made


@pytest.fixture(scope="module")
def site(lab, way):
    return RelaySite(lab, way).start(rate="20mbit", tcp=TLS).is_reached()


@pytest.fixture(scope="module")
def phone(site):
    return site.phone().up()


@pytest.fixture(scope="module")
def bob(site):
    """Another client of the relay, which serves UDP where its WireGuard would be."""
    private, public = pair(site.net)
    site.relay.add("bob", public)
    made = PlainClient(site, site.relay, "bob", 30, private).up()
    servers.udp_peer_server(made.host, ECHO)
    eventually("bob is heard", lambda: site.relay.row("bob")["state"] == "active")
    return made


def test_a_phone_behind_another_nat_reaches_the_box(site, phone):
    assert f"Endpoint = {RELAY4}:{site.relay.config('alice')['port']}\n" in phone.file.read_text(encoding="utf-8")
    clients.ping(phone.host, INSIDE4, count=3)
    assert clients.tcp_peer(phone.host, INSIDE4, SERVED).port
    phone.has_state("active")
    assert phone.row()["dial"].startswith(f"{HUB4}:"), "whoever comes through the relay comes as the relay"
    alice, used = site.relay.row("alice"), site.used()
    assert alice["state"] == used["state"].replace("up", "active") == "active"
    assert min(alice["rx_bytes"], alice["tx_bytes"], used["rx_bytes"], used["tx_bytes"]) > 1000
    status = site.box.json("reachability", "status")
    assert (status["path"], status["endpoint"]) == ("relay", f"{RELAY4}:{alice['port']}")
    assert (status["relay"]["server"], status["relay"]["connected"], status["relay"]["external_port"]) == ("eu", True, alice["port"])
    assert [peer["path"] for peer in status["wireguard"]["peers"]] == ["relay"]
    assert alice["bytes"] == alice["rx_bytes"] + alice["tx_bytes"] and used["in_use"]


def reassembled(host):
    """Pieces that the host's kernel has made or taken so far."""
    with host.entered():
        lines = Path("/proc/net/snmp").read_text(encoding="ascii").splitlines()
    names, values = (line.split()[1:] for line in lines if line.startswith("Ip:"))
    counts = dict(zip(names, map(int, values), strict=True))
    return counts["ReasmReqds"] + counts["FragCreates"]


def test_packets_fit_a_tunnel_in_a_tunnel(site, phone):
    assert f"MTU = {INNER}\n" in phone.file.read_text(encoding="utf-8")
    phone.host.run("ping", "-n", "-c", 2, "-M", "do", "-s", INNER - 28, "-W", 2, INSIDE4)
    relay = site.relay.gateway
    pieces = reassembled(relay)
    download = Download(phone.host, INSIDE4, 9000)
    assert download.goes_on()
    download.stop()
    assert reassembled(relay) == pieces and relay.drops().get("too-big", 0) == 0


def test_ipv6_outside_reaches_the_same_box(site, phone):
    told = site.relay.config("alice")
    assert told["endpoints"] == [f"{RELAY4}:{HUB_PORT}", f"[{RELAY6}]:{HUB_PORT}"]
    phone.host.addresses("eth0", "2001:db8:201::2/64").routes("default via 2001:db8:201::1")
    [peer] = phone.host.run("wg", "show", phone.device, "peers").stdout.split()
    phone.host.run("wg", "set", phone.device, "peer", peer, "endpoint", f"[{RELAY6}]:{told['port']}")
    clients.ping(phone.host, INSIDE4, count=3)
    assert "fd00:102::1" in phone.row()["dial"]
    phone.host.run("wg", "set", phone.device, "peer", peer, "endpoint", f"{RELAY4}:{told['port']}")
    clients.ping(phone.host, INSIDE4, count=3)


def test_strangers_reach_ports_and_nothing_behind_them(site, bob):
    told = site.relay.config("bob")
    stranger = site.stranger("eve", 40)
    assert clients.udp_peer(stranger, RELAY4, told["port"]).address == HUB4
    site.net.routes(f"10.102.0.0/16 via {RELAY4}")
    stranger_sees = [clients.udp_outcome(stranger, told["address"], ECHO), clients.udp_outcome(stranger, RELAY4, 42999)]
    assert stranger_sees == ["silence", "silence"]
    clients.ping(stranger, told["address"], expect=1, wait=1)


def test_clients_reach_the_relay_and_not_each_other(site, bob):
    alice = site.relay.config("alice")
    bob.host.routes(f"{alice['address']} dev bob0")
    clients.ping(bob.host, HUB4)
    clients.ping(bob.host, alice["address"], expect=1, wait=1)
    assert clients.udp_outcome(bob.host, alice["address"], alice["to_port"]) == "silence"
    servers.tcp_peer_server(site.relay.gateway, 2222)
    assert clients.tcp_outcome(bob.host, HUB4, 2222) != "answered"
    assert clients.udp_outcome(bob.host, HUB4, HUB_PORT) == "silence"


def test_nothing_but_wireguard_of_the_box_is_reached(site, phone):
    """Also by the relay itself: somebody who took it over."""
    alice = site.relay.config("alice")
    servers.tcp_peer_server(site.box, 2222)
    servers.udp_peer_server(site.box, 5353)
    relay = site.relay.gateway
    assert clients.tcp_outcome(relay, alice["address"], 2222) != "answered"
    assert clients.udp_outcome(relay, alice["address"], 5353) != "answered"
    clients.ping(relay, alice["address"], expect=1, wait=1)


def test_a_client_that_takes_anothers_address_is_not_heard(site, bob):
    alice = site.relay.config("alice")
    bob.host.addresses("bob0", f"{alice['address']}/32")
    clients.ping(bob.host, HUB4, expect=None)
    bob.host.run("ping", "-n", "-c", 2, "-W", 1, "-I", alice["address"], HUB4, expect=1)
    bob.host.ip(f"addr del {alice['address']}/32 dev bob0")
    clients.ping(bob.host, HUB4)


def test_a_key_that_nobody_knows_is_not_heard(site, bob):
    private, _ = pair(site.net)
    site.relay.add("carol", random_key())
    carol = PlainClient(site, site.relay, "carol", 50, private).up()
    clients.ping(carol.host, HUB4, count=2, expect=1, wait=1)
    assert site.relay.row("carol")["state"] == "never"
    site.relay.gateway.sluice("relay", "remove", "carol")


def exceeded(site, rate):
    return next(row["exceeded_packets"] for row in site.relay.gateway.show("limits") if row["name"] == f"relay {rate} to client")


def test_a_flood_of_one_clients_port_takes_nothing_from_another(site, bob):
    """From invented sources, each of which would be a flow and a mapping of its own."""
    site.relay.add("dave", random_key(), "--rate", "1mbit")
    dave, port = site.relay.config("dave"), site.relay.config("bob")["port"]
    mallory = site.stranger("mallory", 60)
    with flood(mallory, site.net.mac("to60"), "udp", "invented", RELAY4, dave["port"], 20, 50_000):
        eventually("what is too much is dropped", lambda: exceeded(site, "1mbit") > 1000)
        for _ in range(10):
            assert clients.udp_peer(site.phone_host, RELAY4, port).address == HUB4
    site.relay.gateway.sluice("relay", "remove", "dave")


def test_a_box_in_a_network_without_udp_is_reached_over_tls(site, phone):
    Firewall(site).close()
    assert goes_over_tls(site)
    clients.ping(phone.host, INSIDE4, count=3)
    assert site.relay.row("alice")["way"] == "tcp"
