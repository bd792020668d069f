# SPDX-License-Identifier: GPL-2.0-or-later
"""VLANs of a trunk and bridges that filter VLANs, where the kernel has them, and the reason where it has not."""

import json

import pytest
from documents import policy
from lab import Lab, clients, eventually, kernel, servers

WAN4, OUTSIDE4 = "203.0.113.1", "203.0.113.9"
INVALID = 3


def gateway_with(engine, interfaces, **more):
    return {
        "version": 1,
        "engine": engine,
        "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24"]}, **interfaces},
        "policies": [policy("out", [row["zone"] for row in interfaces.values()], "internet")],
        "nat": {"masquerade": [{"name": "out", "from": [row["zone"] for row in interfaces.values()], "to": "internet"}]},
        **more,
    }


def vlan(parent, number, zone, address, **more):
    return {"vlan": {"parent": parent, "id": number, **more}, "zone": zone, "addresses": [f"{address}/24"]}


class Trunk:
    """hosts -- eth1, eth2 [gateway] wan -- outside"""

    def __init__(self, lab):
        number = len(lab.hosts)
        self.lab, self.gateway, self.outside = lab, lab.gateway(f"gw{number}"), lab.host(f"out{number}")
        self.one, self.two = lab.host(f"one{number}"), lab.host(f"two{number}")
        lab.wire((self.gateway, "wan"), (self.outside, "eth0"))
        lab.wire((self.gateway, "eth1"), (self.one, "eth0"))
        lab.wire((self.gateway, "eth2"), (self.two, "eth0"))
        self.outside.addresses("eth0", f"{OUTSIDE4}/24")
        servers.tcp_peer_server(self.outside, 7000)
        self.gateway.start_daemon()

    def tagged(self, host, number, address, parent="eth0", protocol="802.1Q"):
        """A VLAN device of a host."""
        name = f"{parent}.{number}"
        host.ip(f"link add link {parent} name {name} type vlan protocol {protocol} id {number}")
        host.ip(f"link set {name} up")
        return host.addresses(name, f"{address}/24") if address else host

    def asks(self, host, source):
        """Whom the outside sees of a host that has several addresses."""
        host.ip(f"route replace default via {source.rpartition('.')[0]}.1")
        return clients.tcp_peer(host, OUTSIDE4, 7000, source=(source, 0)).address

    def link(self, device):
        links = json.loads(self.gateway.ip("-json -details link show").stdout)
        return next((link for link in links if link["ifname"] == device), {})


@pytest.fixture
def trunk():
    with Lab("tc") as lab:
        yield Trunk(lab)


def test_what_the_kernel_lacks_is_refused_with_the_reason_and_told_by_doctor(trunk, engine):
    documents = {
        "8021q": gateway_with(engine, {"eth1.20": vlan("eth1", 20, "office", "10.20.0.1")}),
        "vlan-filtering": gateway_with(engine, {"br0": {
            "bridge": {"members": ["eth1"], "ports": {"eth1": {"tagged": [20]}}}, "zone": "lan"}}),
    }
    checks = {row["name"]: row for row in trunk.gateway.json("doctor")["checks"]}
    rows = {"8021q": checks["vlan-devices"], "vlan-filtering": checks["vlan-filter-devices"]}
    for feature, document in documents.items():
        has = kernel.has(feature)
        done = trunk.gateway.apply(document, expect=0 if has else INVALID)
        assert (rows[feature]["state"] == "ok") == has
        assert has or rows[feature]["finding"] in done.stderr
    assert checks["bridge-devices"]["state"] == checks["vxlan-devices"]["state"] == "ok"


@pytest.mark.needs("8021q")
def test_vlans_of_a_trunk_are_interfaces_like_others(trunk, engine):
    document = gateway_with(engine, {
        "eth1": {"zone": "lan", "addresses": ["192.168.10.1/24"]},
        "eth1.20": vlan("eth1", 20, "office", "10.20.0.1"),
        "eth1.30": vlan("eth1", 30, "guests", "10.30.0.1"),
    })
    trunk.gateway.apply(document)
    trunk.one.addresses("eth0", "192.168.10.2/24")
    trunk.tagged(trunk.one, 20, "10.20.0.2")
    trunk.tagged(trunk.one, 30, "10.30.0.2")
    for source in ("192.168.10.2", "10.20.0.2", "10.30.0.2"):
        assert trunk.asks(trunk.one, source) == WAN4
    assert trunk.gateway.json("plan", trunk.gateway.write(document))["steps"] == []
    trunk.gateway.ip("link del eth1.20")
    eventually("it is made again", lambda: trunk.link("eth1.20"))
    eventually("it carries traffic", lambda: trunk.asks(trunk.one, "10.20.0.2") == WAN4)
    document["interfaces"]["eth1.20"]["vlan"]["id"] = 40
    trunk.gateway.apply(document)
    assert trunk.link("eth1.20")["linkinfo"]["info_data"]["id"] == 40
    assert "remove VLAN 40 of eth1 as eth1.20" in trunk.gateway.cleanup().stdout
    assert not trunk.link("eth1.20") and not trunk.link("eth1.30")


@pytest.mark.needs("8021q")
def test_a_vlan_in_a_vlan_is_qinq(trunk, engine):
    trunk.gateway.apply(gateway_with(engine, {
        "inner": vlan("outer", 5, "customer", "10.5.0.1"),
        "outer": {"vlan": {"parent": "eth1", "id": 100, "protocol": "802.1ad"}, "zone": "carrier"},
    }))
    trunk.tagged(trunk.one, 100, None, protocol="802.1ad")
    trunk.tagged(trunk.one, 5, "10.5.0.2", parent="eth0.100")
    assert trunk.asks(trunk.one, "10.5.0.2") == WAN4
    trunk.gateway.apply(gateway_with(engine, {"eth1": {"zone": "lan"}}))
    assert not trunk.link("inner") and not trunk.link("outer")


@pytest.mark.needs("vlan-filtering")
@pytest.mark.needs("8021q")
def test_a_bridge_that_filters_carries_what_its_ports_are_said_to(trunk, engine):
    """eth1 is in VLAN 20 alone, eth2 a trunk of 20 and 30; the gateway has both."""
    document = gateway_with(engine, {
        "br0": {"bridge": {"members": ["eth1", "eth2"], "ports": {
            "eth1": {"untagged": 20}, "eth2": {"tagged": [20, 30]}, "br0": {"untagged": 20, "tagged": [30]}}},
            "zone": "lan", "addresses": ["10.20.0.1/24"]},
        "br0.30": vlan("br0", 30, "guests", "10.30.0.1"),
    })
    trunk.gateway.apply(document)
    trunk.one.addresses("eth0", "10.20.0.2/24", "10.30.0.3/24")
    trunk.tagged(trunk.two, 20, "10.20.0.4")
    trunk.tagged(trunk.two, 30, "10.30.0.4")
    for host, source in ((trunk.one, "10.20.0.2"), (trunk.two, "10.20.0.4"), (trunk.two, "10.30.0.4")):
        assert trunk.asks(host, source) == WAN4
    clients.ping(trunk.one, "10.20.0.4")
    assert clients.ping(trunk.one, "10.30.0.4", expect=None, wait=1).returncode != 0, "VLAN 30 is not on that port"
    document["interfaces"]["br0"]["bridge"]["ports"]["eth1"] = {"untagged": 30}
    trunk.gateway.apply(document)
    trunk.one.ip("neigh flush all")
    eventually("it is in VLAN 30 now", lambda: clients.ping(trunk.one, "10.30.0.4", wait=1))
    assert trunk.gateway.json("plan", trunk.gateway.write(document))["steps"] == []
    del document["interfaces"]["br0"]["bridge"]["ports"]
    trunk.gateway.apply(document)
    assert trunk.link("br0")["linkinfo"]["info_data"]["vlan_filtering"] == 0
