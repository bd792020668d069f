# SPDX-License-Identifier: GPL-2.0-or-later
"""A device gets another MAC address, or a frame is sent to a bridge's member: what reaches the stack is judged all the same."""

import documents
import pytest
from lab import HomeLab, Lab, clients, eventually, servers
from lab.home import INSIDE4, LAN4, OUTSIDE4, OUTSIDE6, WAN4, WAN6
from lab.sites import WAYS
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

ALLOWED, DENIED = 22, 2200   # ports of the gateway's own services
NEW_MAC = {"wan": "02:00:5e:00:53:01", "lan": "02:00:5e:00:53:02"}


def document(way):
    engine, hook = WAYS[way]
    made = documents.carried_by(engine, hook)
    made["policies"].append(documents.policy("lan-ssh", "lan", "host", protocol="tcp", ports=ALLOWED))
    return made


@pytest.fixture(params=WAYS)
def home(request):
    with Lab(WAYS[request.param][1]) as lab:
        made = HomeLab(lab)
        made.gateway.start_daemon()
        made.gateway.apply(document(request.param))
        made.route_gateway()
        for port in (ALLOWED, DENIED):
            servers.tcp_peer_server(made.gateway, port)
        servers.tcp_peer_server(made.outside, 7000)
        yield made


def change_macs(home):
    """Nobody tells sluice, and every neighbour knows at once."""
    for device, mac in NEW_MAC.items():
        home.gateway.ip("link set", device, "address", mac)
    for host, device, addresses in ((home.outside, "eth0", (WAN4, WAN6)), (home.inside, "eth0", (LAN4,))):
        for address in addresses:
            host.ip("neigh replace", address, "lladdr", NEW_MAC["wan" if host is home.outside else "lan"], "dev", device)


def test_what_is_denied_stays_so_and_what_is_allowed_goes_on_without_a_daemon(home):
    assert clients.tcp_outcome(home.outside, WAN4, DENIED) == "silence", "before anything changed"
    home.gateway.daemon.kill()
    change_macs(home)
    for host, address, port in ((home.outside, WAN4, DENIED), (home.outside, WAN6, DENIED), (home.inside, LAN4, DENIED),
                                (home.outside, WAN4, ALLOWED)):
        assert clients.tcp_outcome(host, address, port) == "silence", f"{host}: {address} {port}"
    assert clients.tcp_peer(home.inside, LAN4, ALLOWED).address == INSIDE4
    assert clients.tcp_peer(home.inside, OUTSIDE4, 7000).address == WAN4
    assert clients.tcp_peer(home.inside, OUTSIDE6, 7000).address == "2001:db8:10::2"
    clients.ping(home.outside, WAN4)


def test_what_another_machine_is_sent_is_left_alone(home):
    """A frame that is seen although it is not for the gateway: neither taken nor counted as dropped."""
    wire, before = home.outside.sniff("eth0"), home.gateway.drops()
    home.gateway.ip("link set lan promisc on")
    packet = IP(src=INSIDE4, dst=OUTSIDE4) / TCP(sport=40000, dport=7000, flags="S") / b"for another machine"
    home.inside.injector("eth0", "02:00:5e:00:53:77").send(packet)
    clients.ping(home.inside, OUTSIDE4)
    wire.catch_up()
    assert not any(b"for another machine" in frame for frame in wire.frames)
    assert home.gateway.drops() == before


@pytest.fixture(params=["ebpf", "nftables"])
def bridge(request):
    """inside -- eth1, a member of br0 [gateway]"""
    with Lab("tc") as lab:
        gateway, inside = lab.gateway("gw"), lab.host("inside")
        lab.wire((gateway, "eth1"), (inside, "eth0"))
        inside.addresses("eth0", "172.20.1.2/24")
        gateway.start_daemon()
        gateway.apply({"version": 1, "engine": request.param,
                       "interfaces": {"br0": {"bridge": {"members": ["eth1"]}, "zone": "dmz", "addresses": ["172.20.1.1/24"]}},
                       "policies": [documents.policy("ping", "dmz", "host", protocol="icmp")]})
        yield gateway, inside


def test_the_mac_of_a_bridges_member_leads_past_no_policy(bridge):
    gateway, inside = bridge
    gateway.ip("link set br0 address 02:00:5e:00:53:03")
    servers.tcp_peer_server(gateway, DENIED)
    eventually("the bridge is up", lambda: clients.ping(inside, "172.20.1.1", expect=None).returncode == 0)
    heard = inside.sniff("eth0")
    before = gateway.drops().get("policy", 0)
    syn = IP(src="172.20.1.2", dst="172.20.1.1") / TCP(sport=40000, dport=DENIED, flags="S")
    inside.injector("eth0", gateway.mac("eth1")).send(syn)
    eventually("it is refused", lambda: gateway.drops().get("policy", 0) == before + 1)
    assert not heard.matching(lambda p: Ether in p and TCP in p and p[TCP].sport == DENIED)
