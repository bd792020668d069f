# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the kernel makes VRF devices, each VRF has one: `ip vrf exec`, and sockets that tell tenants apart.

What tenants see is the same with devices and without: test_vrfs.py and conformance/scenarios/vrfs run with either.
"""

import json
import socket

import pytest
from lab import clients, eventually, servers, snapshot
from lab.tenants import (ECHO, OUTSIDE4, OUTSIDE6, TENANT4, TENANT6, TENANT_GATEWAY4, TENANT_GATEWAY6, WAN4, TenantsLab,
                         only_of, vrf_of)
from scapy.layers.l2 import ARP

pytestmark = pytest.mark.needs("vrf")

NAMES = ["red", "blue"]
SERVICE, PORT = 7001, 20001
BY_HAND = "fd00:77::1/64"   # on a tenant's device before sluice comes


@pytest.fixture(scope="module", params=["tc", "nftables"])
def hook(request):
    """Both engines: here nftables counts as a hook."""
    return request.param


@pytest.fixture(scope="module")
def document(hook):
    """Makes one for the lab."""
    def make(tenants):
        made = tenants.document(hook)
        made["policies"].append({"name": "service", "from": NAMES, "to": "host", "action": "accept", "protocol": ["tcp", "udp"],
                                 "ports": SERVICE})
        return made
    return make


@pytest.fixture(scope="module")
def tenants(lab, document):
    made = TenantsLab(lab, NAMES)
    made.gateway.ip(f"address add {BY_HAND} dev red nodad")
    made.before = snapshot.take(made.gateway)
    made.gateway.start_daemon()
    made.gateway.apply(document(made))
    servers.tcp_peer_server(made.gateway, SERVICE)   # it knows nothing of VRFs
    return made


def links(gateway, which=""):
    return json.loads(gateway.ip("-json -details link show", which).stdout)


def masters(gateway):
    """{device: the one above it}"""
    return {row["ifname"]: row.get("master") for row in links(gateway)}


def reaches_out(tenants, name):
    return clients.tcp_peer(tenants.tenants[name], OUTSIDE4, ECHO).address == WAN4


@pytest.mark.spared("nftables")
def test_interfaces_are_in_the_device_of_their_vrf(tenants):
    above = masters(tenants.gateway)
    assert {name: above[name] for name in [*NAMES, "wan"]} == {"red": "red-net", "blue": "blue-net", "wan": None}
    shown = {row["name"]: row["device"] for row in tenants.gateway.show("vrfs")}
    assert shown == {"main": None, "red-net": "red-net", "blue-net": "blue-net"}
    checks = {row["name"]: row["state"] for row in tenants.gateway.json("doctor")["checks"]}
    assert checks["vrf-devices"] == "ok"


@pytest.mark.spared("nftables")
def test_an_address_by_hand_stays(tenants):
    assert tenants.gateway.has_address("red", BY_HAND)


@pytest.mark.parametrize("own", [TENANT_GATEWAY4, TENANT_GATEWAY6])
def test_two_tenants_with_the_same_address_and_port_use_a_service_at_once(tenants, own):
    open_ones = [clients.EchoedConnection(tenants.tenants[name], own, SERVICE, source=("", PORT)) for name in NAMES]
    assert len({connection.peer for connection in open_ones}) == 1
    for word in ("one", "two"):
        assert all(connection.says(f"{word} of {number}") for number, connection in enumerate(open_ones))
    for connection in open_ones:
        connection.reset()


def test_a_program_of_the_gateway_runs_in_a_vrf(tenants):
    for name in NAMES:
        tenants.gateway.run("ping", "-I", vrf_of(name), "-c", "1", "-W", "3", "10.0.0.5")
    tenants.gateway.run("ping", "-c", "1", "-W", "1", "10.0.0.5", expect=2)


def test_a_service_that_knows_no_vrf_answers_in_the_one_that_asked(tenants):
    """By UDP, as where there are no devices (test_vrf_services.py): by the address that was asked, and to nobody else."""
    servers.udp_peer_server(tenants.gateway, SERVICE)
    for to, via in (("0.0.0.0/0", OUTSIDE4), ("::/0", OUTSIDE6)):   # the kernel has to find some way
        tenants.gateway.ip(f"route replace {to} via {via} dev wan")
        clients.ping(tenants.gateway, via)
    for number, name in enumerate(NAMES):
        for own, seen in ((TENANT_GATEWAY4, TENANT4), (TENANT_GATEWAY6, TENANT6), (only_of(number, 1), only_of(number))):
            assert clients.udp_peer(tenants.tenants[name], own, SERVICE).address == seen


def test_no_link_is_told_of_an_address_of_another(tenants):
    """As where there are no devices (test_link_addresses.py)."""
    for number, name in enumerate(NAMES):
        host, own = tenants.tenants[name], {TENANT_GATEWAY4, only_of(number, 1)}
        seen, asks = host.sniff("eth0"), host.injector("eth0", "ff:ff:ff:ff:ff:ff")
        for target in (WAN4, only_of(1 - number, 1), *own):
            for sender in (TENANT4, target.rsplit(".", 1)[0] + ".77"):
                asks.send(ARP(op="who-has", hwsrc=host.mac("eth0"), psrc=sender, pdst=target))
        def answered(seen=seen):
            return {packet[ARP].psrc for packet in seen.packets() if ARP in packet and packet[ARP].op == 2}
        eventually("its own are answered", lambda: own <= answered())
        assert answered() == own, name


def test_interfaces_count_what_their_vrfs_device_hands_on(tenants):
    def forwarded():
        return {row["name"]: row["forwarded_packets"] for row in tenants.gateway.show("interfaces")}
    before = forwarded()
    assert reaches_out(tenants, "red")
    after = forwarded()
    assert after["red"] > before["red"] and after["wan"] > before["wan"] and after["blue"] == before["blue"]


def test_a_limit_knows_the_interface_behind_the_device(tenants, document):
    def exceeded():
        return {row["name"]: row["exceeded_packets"] for row in tenants.gateway.show("limits")}
    limited = document(tenants)
    limited["limits"] = [{"name": name, "interface": name, "protocol": "udp", "rate": "1pps", "burst": "3p"} for name in NAMES]
    tenants.gateway.apply(limited)
    sender = tenants.tenants["red"].socket(kind=socket.SOCK_DGRAM)
    for _ in range(10):
        sender.sendto(b"x", (OUTSIDE4, ECHO))
    eventually("most of them are too many", lambda: exceeded()["red"] >= 5)
    assert exceeded()["red"] <= 7 and exceeded()["blue"] == 0
    tenants.gateway.apply(document(tenants))


@pytest.mark.spared("nftables")
def test_a_device_that_somebody_removes_comes_back(tenants):
    gateway = tenants.gateway
    gateway.ip("link del red-net")
    eventually("it is back", lambda: masters(gateway).get("red") == "red-net")
    eventually("the tenant is out again", lambda: not gateway.json("status")["degraded"] and reaches_out(tenants, "red"))
    clients.ping(tenants.tenants["red"], TENANT_GATEWAY4)
    gateway.ip(f"address replace {BY_HAND} dev red nodad")   # the kernel took it along


@pytest.mark.spared("nftables")
def test_another_table_is_another_device(tenants, document):
    changed = document(tenants)
    changed["vrfs"]["red-net"]["table"] = 77
    for one in (changed, document(tenants)):
        tenants.gateway.apply(one)
        tables = {row["ifname"]: row["linkinfo"]["info_data"]["table"]
                  for row in links(tenants.gateway, "type vrf")}
        assert tables == {"red-net": one["vrfs"]["red-net"]["table"], "blue-net": 1101}
        assert masters(tenants.gateway)["red"] == "red-net"
        assert tenants.gateway.has_address("red", BY_HAND)
        assert reaches_out(tenants, "red") and reaches_out(tenants, "blue")


def test_flows_go_on_while_the_daemon_is_killed_and_starts_again(tenants):
    connections = [clients.EchoedConnection(tenants.tenants[name], OUTSIDE4, ECHO) for name in NAMES]
    connections += [clients.EchoedConnection(tenants.tenants[name], TENANT_GATEWAY4, SERVICE) for name in NAMES]
    tenants.gateway.daemon.kill()
    assert all(connection.says("without") for connection in connections)
    numbers = masters(tenants.gateway)
    tenants.gateway.start_daemon()
    assert masters(tenants.gateway) == numbers
    assert all(connection.says("again") for connection in connections)


@pytest.mark.spared("nftables")
def test_a_device_of_somebody_else_is_left_alone(tenants, document):
    gateway = tenants.gateway
    without = document(tenants)
    for row in without["interfaces"].values():
        row.pop("vrf", None)
    del without["interfaces"]["blue"], without["vrfs"]
    del without["nat"]
    without["policies"] = []
    gateway.apply(without)
    assert masters(gateway)["red"] is None and "red-net" not in masters(gateway)
    gateway.ip("link add red-net type vrf table 99")
    done = gateway.apply(document(tenants))
    assert "by rules alone" in done.stdout + done.stderr
    assert masters(gateway)["red"] is None
    assert reaches_out(tenants, "red") and reaches_out(tenants, "blue")
    clients.ping(tenants.tenants["red"], TENANT_GATEWAY4)
    gateway.ip("link del red-net")
    eventually("then it has its own", lambda: masters(gateway).get("red") == "red-net")
    eventually("which works", lambda: reaches_out(tenants, "red"))


def test_a_cleanup_leaves_the_machine_as_it_was(tenants):
    tenants.gateway.cleanup()
    left = snapshot.differences(tenants.before, snapshot.take(tenants.gateway))
    # The kernel's own rule for all VRF devices: it lays it once, and another's would not work without.
    assert all("[l3mdev-table]" in line for line in left), "\n".join(left)
