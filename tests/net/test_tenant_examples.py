# SPDX-License-Identifier: GPL-2.0-or-later
"""config/examples/pod-host.json and office.json, with real hosts: who gets where, and who does not."""

import corpus
import pytest
from lab import Lab, clients, servers

WAN4, WAN6, OUTSIDE4, OUTSIDE6 = "203.0.113.1", "2001:db8:f::1", "203.0.113.9", "2001:db8:f::9"
ECHO, WEB = 7000, 8080
VLANS = {"staff": 10, "phones": 20, "guests": 30}


@pytest.fixture
def lab():
    with Lab("tc") as made:
        yield made


def example(name, engine):
    return corpus.parsed((corpus.TREE / f"config/examples/{name}.json").read_text(encoding="utf-8")) | {"engine": engine}


def gateway_and_outside(lab):
    gateway, outside = lab.gateway("gw"), lab.host("outside")
    lab.wire((gateway, "wan"), (outside, "eth0"))
    outside.addresses("eth0", f"{OUTSIDE4}/24", f"{OUTSIDE6}/64")
    servers.tcp_peer_server(outside, ECHO)
    gateway.start_daemon()
    return gateway, outside


def pod(lab, gateway, bridge, host, number):
    """As a container runtime plugs one in."""
    made, device = lab.host(f"{bridge}-{host}"), f"veth{number}"
    lab.wire((gateway, device), (made, "eth0"))
    gateway.ip(f"link set {device} master {bridge}")
    made.addresses("eth0", f"10.244.0.{host}/24", f"fd00:244::{host}/64")
    made.routes("default via 10.244.0.1", "default via fd00:244::1")
    servers.tcp_peer_server(made, WEB)
    return made


def in_vlan(lab, switch, name, number):
    """A host behind a port of the switch that has this VLAN."""
    made = lab.host(name)
    switch.ip(f"link add link eth0 name port{number} type vlan id {number}")
    switch.ip(f"link add access{number} type bridge")
    lab.wire((switch, f"eth{number}"), (made, "eth0"))
    for device in (f"port{number}", f"eth{number}"):
        switch.ip(f"link set {device} master access{number}")
    for device in (f"port{number}", f"access{number}"):
        switch.ip(f"link set {device} up")
    made.addresses("eth0", f"192.168.{number}.5/24").routes(f"default via 192.168.{number}.1")
    servers.tcp_peer_server(made, 80)
    return made


def test_ten_tenants_with_the_same_addresses(lab, engine):
    gateway, outside = gateway_and_outside(lab)
    gateway.apply(example("pod-host", engine))
    pods = [pod(lab, gateway, f"pods-{tenant}", 10, number) for number, tenant in enumerate("abcdefghij")]
    others = [pod(lab, gateway, f"pods-{tenant}", 11, 10 + number) for number, tenant in enumerate("ab")]
    open_ones = [clients.connect_tcp(host, OUTSIDE4, ECHO, ("", 40000)) for host in pods]
    peers = {tuple(connection.makefile().readline().split()) for connection in open_ones}
    assert len(peers) == len(pods) and {peer[0] for peer in peers} == {WAN4}
    for number, host in enumerate(pods):
        assert clients.tcp_peer(host, OUTSIDE6, ECHO).address == WAN6
        clients.ping(host, "10.244.0.1")
        wire = host.sniff("eth0")
        assert clients.tcp_peer(outside, WAN4, 8001 + number).address == OUTSIDE4
        wire.catch_up()
        assert wire.frames, "the forward leads to this tenant's pod"
    for host in others:
        assert clients.tcp_peer(host, "10.244.0.10", WEB).address == "10.244.0.11", "within a tenant"
        assert clients.tcp_outcome(host, WAN4, 8003, timeout=0.3) != "connected", "no way by the host's outside address"
    rows = gateway.json("show", "tenants")["tenants"]
    sent = {(row["name"], row["interface"]): row["sent_packets"] for row in rows}
    for tenant in "abcdefghij":
        assert sent[f"tenant-{tenant}", "wan"] and sent[f"tenant-{tenant}", f"pods-{tenant}"]


@pytest.mark.needs("8021q")
def test_an_office_with_guests(lab, engine):
    gateway, _ = gateway_and_outside(lab)
    switch = lab.host("switch")
    lab.wire((gateway, "eth1"), (switch, "eth0"))
    gateway.apply(example("office", engine))
    hosts = {name: in_vlan(lab, switch, name, number) for name, number in VLANS.items()}
    for host in hosts.values():
        assert clients.tcp_peer(host, OUTSIDE4, ECHO).address == WAN4
    addresses = {name: f"192.168.{number}.5" for name, number in VLANS.items()}
    assert clients.tcp_peer(hosts["staff"], addresses["phones"], 80).address == addresses["staff"]
    for sender, target in (("phones", "staff"), ("staff", "guests"), ("guests", "staff"), ("guests", "phones")):
        assert clients.tcp_outcome(hosts[sender], addresses[target], 80, timeout=0.3) != "connected", (sender, target)
    clients.ping(hosts["guests"], "192.168.30.1")
    assert {row["from_vrf"] for row in gateway.json("show", "flows")["flows"]
            if row["original"]["source"] == addresses["guests"]} == {"visitors"}
