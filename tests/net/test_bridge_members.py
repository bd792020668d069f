# SPDX-License-Identifier: GPL-2.0-or-later
"""Two hosts of one bridge. What passes between them is no matter of the gateway, also where the kernel shows it to
netfilter (net.bridge.bridge-nf-call-iptables, which docker sets); what the gateway routes is judged whatever MAC it is sent to."""

import socket

import documents
import pytest
from lab import Lab, clients, eventually, servers
from scapy.layers.inet import IP, UDP

STRANGER, MANY = "02:00:5e:00:53:77", "ff:ff:ff:ff:ff:ff"
NEAR = {4: "172.20.1.3", 6: "2001:db8:20::3"}          # of the gateway's own networks
BESIDE = {4: "198.51.100.3", 6: "2001:db8:99::3"}      # the gateway knows nothing of these
OUTSIDE4, WAN4, BRIDGE4 = "203.0.113.9", "203.0.113.1", "172.20.1.1"
OPEN, CLOSED = 7001, 7002                              # of the gateway
KEYS = ("net/bridge/bridge-nf-call-iptables", "net/bridge/bridge-nf-call-ip6tables")


class Members:
    """outside -- wan [gateway] br0 -- one, two"""

    def __init__(self, lab, engine, shown):
        self.gateway, self.outside = lab.gateway("gw"), lab.host("outside")
        self.one, self.two = lab.host("one"), lab.host("two")
        lab.wire((self.gateway, "wan"), (self.outside, "eth0"))
        self.outside.addresses("eth0", f"{OUTSIDE4}/24").routes(f"172.20.0.0/16 via {WAN4}")
        for host, port, number in ((self.one, "p1", 2), (self.two, "p2", 3)):
            lab.wire((self.gateway, port), (host, "eth0"))
            host.addresses("eth0", f"172.20.1.{number}/24", f"2001:db8:20::{number}/64", f"198.51.100.{number}/24", f"2001:db8:99::{number}/64")
            host.routes(f"default via {BRIDGE4}")
            servers.tcp_peer_server(host, 8080)
        for key in KEYS:
            try:
                self.gateway.sysctl(key, shown)
            except OSError:
                pytest.skip("the kernel has no br_netfilter")
        self.engine, self.shown = engine, shown
        self.gateway.start_daemon()
        self.apply()

    def apply(self, **more):
        ports = f"{OPEN}-{CLOSED - 1}"
        self.gateway.apply({
            "version": 1, "engine": self.engine,
            "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24"]},
                           "br0": {"bridge": {"members": ["p1", "p2"]}, "zone": "dmz", "addresses": [f"{BRIDGE4}/24", "2001:db8:20::1/64", "172.20.2.1/24"]}},
            "policies": [documents.policy("open", "dmz", "host", protocol="udp", ports=ports)],
            "nat": {"masquerade": [{"name": "as", "from": "dmz", "to": "internet"}],
                    "forwards": [documents.forward("web", WAN4, 80, "172.20.1.3:8080")]}, **more})
        eventually("the bridge carries frames", lambda: clients.ping(self.one, NEAR[4], expect=None).returncode == 0)

    def apply_in_a_vrf(self):
        """The same bridge, where the tenant's addresses are nobody else's."""
        self.gateway.apply({
            "version": 1, "engine": self.engine, "vrfs": {"red": {"table": 1101}},
            "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24"]},
                           "br0": {"bridge": {"members": ["p1", "p2"]}, "zone": "dmz", "vrf": "red", "addresses": [f"{BRIDGE4}/24", "2001:db8:20::1/64"]}},
            "policies": [documents.policy("ping", "dmz", "host", protocol="icmp")]})
        eventually("the gateway answers", lambda: clients.ping(self.one, BRIDGE4, expect=None).returncode == 0)

    def send(self, mac, packet):
        self.one.injector("eth0", mac).send(packet)


@pytest.fixture(scope="module", params=["shown", "not shown"])
def house(request, engine):
    with Lab("tc") as lab:
        yield Members(lab, engine, "1" if request.param == "shown" else "0")


@pytest.mark.parametrize("address", [*NEAR.values(), *BESIDE.values()])
def test_members_reach_each_other(house, address):
    before = house.gateway.drops()
    for host in (house.one, house.two):
        host.ip("neigh flush all")
    clients.ping(house.one, address)
    assert clients.tcp_outcome(house.one, address, 8080) == "answered"
    assert house.gateway.drops() == before


def test_what_is_for_everybody_reaches_the_other_member_and_is_judged_for_the_gateway(house):
    wire, gained = house.two.sniff("eth0"), house.gateway.drops().get("policy", 0)
    listener = house.gateway.socket(kind=socket.SOCK_DGRAM)
    listener.bind(("", OPEN))
    for port in (CLOSED, OPEN):
        house.send(MANY, IP(src="172.20.1.2", dst="172.20.1.255") / UDP(sport=40000, dport=port) / f"to port {port}".encode())
    assert listener.recv(100) == f"to port {OPEN}".encode()
    eventually("the other one is refused", lambda: house.gateway.drops().get("policy", 0) == gained + 1)
    wire.catch_up()
    assert all(any(f"to port {port}".encode() in frame for frame in wire.frames) for port in (OPEN, CLOSED))


def test_the_router_of_the_other_member_is_no_matter_of_the_gateway(house):
    wire, before = house.two.sniff("eth0"), house.gateway.drops()
    house.send(house.two.mac("eth0"), IP(src="172.20.1.2", dst=OUTSIDE4) / UDP(sport=40001, dport=9) / b"by another router")
    eventually("it arrives", lambda: wire.matching(lambda p: b"by another router" in bytes(p)))
    assert house.gateway.drops() == before


@pytest.mark.parametrize("mac", ["br0", "p1", "p2", STRANGER, MANY])
def test_nothing_passes_to_another_zone_whatever_mac_it_is_sent_to(house, mac):
    wire = house.outside.sniff("eth0")
    house.send(mac if ":" in mac else house.gateway.mac(mac), IP(src="172.20.1.2", dst=OUTSIDE4) / UDP(sport=40002, dport=9) / b"leaks")
    clients.ping(house.one, NEAR[4])
    wire.catch_up()
    assert not any(b"leaks" in frame for frame in wire.frames)


@pytest.mark.parametrize("mac", ["br0", "p1"])
def test_what_the_gateway_routes_back_into_an_isolated_zone_is_judged(house, mac):
    house.apply(zones={"dmz": {"isolated": True}})
    house.two.ip("addr replace 172.20.2.3/24 dev eth0")
    wire, gained = house.two.sniff("eth0"), house.gateway.drops().get("policy", 0)
    house.send(house.gateway.mac(mac), IP(src="172.20.1.2", dst="172.20.2.3") / UDP(sport=40003, dport=9) / b"isolated")
    eventually("it is refused", lambda: house.gateway.drops().get("policy", 0) == gained + 1)
    clients.ping(house.one, NEAR[4])
    wire.catch_up()
    assert not any(b"isolated" in frame for frame in wire.frames)
    house.apply()


def test_a_member_reaches_the_other_one_by_a_forward(house):
    assert clients.tcp_peer(house.one, WAN4, 80).address in (WAN4, BRIDGE4)
    assert clients.tcp_peer(house.outside, WAN4, 80).address == OUTSIDE4


def test_a_frame_to_the_gateway_counts_once_and_a_forged_source_is_dropped(house):
    before = house.gateway.drops()
    house.send(house.gateway.mac("br0"), IP(src=BRIDGE4, dst=BRIDGE4) / UDP(sport=40004, dport=OPEN) / b"as the gateway")
    eventually("it is dropped", lambda: sum(house.gateway.drops().values()) == sum(before.values()) + 1)


def test_doctor_tells_what_a_bridge_that_shows_its_frames_cannot_do(house):
    """Not even by the kernel's own rules: a bridge sends no frame back to the port that it came from."""
    reached = clients.tcp_outcome(house.two, WAN4, 80) == "answered"
    warned = [row["state"] for row in house.gateway.json("doctor")["checks"] if row["name"] == "bridge frames"] == ["warning"]
    assert reached == (not warned) == (house.engine == "ebpf" or house.shown == "0")


def test_members_of_a_bridge_in_a_vrf_reach_each_other(house):
    house.apply_in_a_vrf()
    for address in (*NEAR.values(), *BESIDE.values()):
        test_members_reach_each_other(house, address)
    wire, gained = house.two.sniff("eth0"), house.gateway.drops().get("policy", 0)
    house.send(MANY, IP(src="172.20.1.2", dst="172.20.1.255") / UDP(sport=40000, dport=CLOSED) / b"to many")
    eventually("the other one hears it", lambda: any(b"to many" in frame for frame in list(wire.frames)))
    eventually("the gateway refuses it", lambda: house.gateway.drops().get("policy", 0) == gained + 1)
    house.apply()
