# SPDX-License-Identifier: GPL-2.0-or-later
"""What a client of a network meets on its way: NAT, a change of uplink, a smaller MTU, expired TTLs, errors; and a gateway that is
killed, applies and changes engines. A phone is behind a router that masquerades it.
"""

import functools
import socket

import documents
import pytest
import ways
from lab import clients, eventually, servers
from lab.download import Download
from lab.home import FAR4, OUTSIDE4, OUTSIDE6, WAN4, WAN6
from lab.phones import Phone, home_with_servers
from lab.pings import Pings
from scapy.layers.inet import ICMP, IP, IPerror, UDPerror
from scapy.layers.inet6 import ICMPv6PacketTooBig, IPerror6, IPv6

hook, engine = ways.hook, ways.engine   # of each way

WAYS = (("ebpf", "xdp"), ("nftables", "tc"))   # tunnels have tc with either hook
GATEWAY4, GATEWAY6 = "10.100.0.1", "fd00:100::1"
MTU = 1420
IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, DONT, PROBE = 10, 23, 0, 3
PACE, MOST_LOST = 0.02, 5   # of pings, as in test_rotation.py
MASQUERADE = "table ip nat { chain out { type nat hook postrouting priority 100; oifname eth0 masquerade; }; }"


@pytest.fixture(scope="module", params=WAYS, ids="-".join)
def way(request):
    return request.param


@pytest.fixture(scope="module")
def document(engine, hook):
    return documents.carried_by(engine, hook) | {"networks": {
        "home": {"type": "secure-internet", "expected_users": 6, "endpoints": {"phone": {"type": "mobile"}}}}}


@pytest.fixture(scope="module")
def site(lab, document):
    made = home_with_servers(lab, document)
    servers.endless_server(made.outside, 9000)
    return made


@pytest.fixture(scope="module")
def router(site):
    """The NAT before the phone."""
    made = site.neighbour("router", 2)
    made.sysctl("net/ipv4/ip_forward", "1")
    made.run("nft", "-f", "-", stdin=MASQUERADE)
    return made


@pytest.fixture(scope="module")
def phone(lab, site, router):
    host = lab.host("phone")
    lab.wire((router, "lan"), (host, "eth0"))
    router.addresses("lan", "192.168.77.1/24")
    host.addresses("eth0", "192.168.77.2/24").routes("default via 192.168.77.1")
    return Phone(site.gateway, host, "home", "phone", "phone0").up()


def outer_address(site):
    """Where the gateway sends what is for the phone."""
    return site.gateway.run("wg", "show", "wg-home", "endpoints").stdout.split()[1]


def opened(site, phone, six, port=7007):
    """The outside's end of a datagram flow that the phone began, with where its answers go, and the phone's end."""
    family, target = (socket.AF_INET6, OUTSIDE6) if six else (socket.AF_INET, OUTSIDE4)
    server = site.outside.socket(family, socket.SOCK_DGRAM)
    server.bind((target, port))
    client = phone.host.socket(family, socket.SOCK_DGRAM)
    client.sendto(b"hello", (target, port))
    return server, server.recvfrom(100)[1], client


def ignores_mtus(made, six, how=PROBE):
    """What it sends may not be cut, whatever was learned of the way; or may, with DONT."""
    made.setsockopt(*((socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER) if six else (socket.IPPROTO_IP, IP_MTU_DISCOVER)), how)


def is_too_big(packet):
    return ICMPv6PacketTooBig in packet or (ICMP in packet and (packet[ICMP].type, packet[ICMP].code) == (3, 4))


def is_expired(packet):
    return ICMP in packet and packet[ICMP].type == 11


def test_a_phone_behind_a_nat_goes_out(phone, site):
    assert clients.tcp_peer(phone.host, OUTSIDE4, 8000).address == WAN4
    clients.ping(phone.host, OUTSIDE6)
    assert outer_address(site).startswith("192.0.2.7:")


def test_a_packet_that_is_too_big_for_the_tunnel_is_reported(site, phone):
    """The outside's server sends 1500 bytes that may not be cut."""
    server, peer, _ = opened(site, phone, six=False)
    ignores_mtus(server, six=False)
    seen = site.outside.sniff("eth0")
    server.sendto(bytes(1472), peer)
    error = seen.wait_for("fragmentation needed", is_too_big)
    assert error[ICMP].nexthopmtu == MTU and (error[IP].src, error[IP].dst) == (WAN4, OUTSIDE4)
    assert (error[IPerror].src, error[IPerror].dst, error[UDPerror].dport) == (OUTSIDE4, WAN4, peer[1])


def test_also_over_ipv6(site, phone):
    server, peer, _ = opened(site, phone, six=True)
    ignores_mtus(server, six=True)
    seen = site.outside.sniff("eth0")
    server.sendto(bytes(1452), peer)
    error = seen.wait_for("packet too big", is_too_big)
    assert error[ICMPv6PacketTooBig].mtu == MTU and (error[IPv6].src, error[IPv6].dst) == (WAN6, OUTSIDE6)
    assert (error[IPerror6].src, error[IPerror6].dst) == (OUTSIDE6, WAN6)


def test_one_that_may_be_cut_arrives(site, phone):
    server, peer, client = opened(site, phone, six=False, port=7008)
    ignores_mtus(server, six=False, how=DONT)
    server.sendto(b"d" * 1472, peer)
    assert client.recv(2000) == b"d" * 1472


def test_full_packets_fit_both_ways(phone):
    for address, headers in ((OUTSIDE4, 28), (OUTSIDE6, 48), (GATEWAY4, 28), (GATEWAY6, 48)):
        phone.host.run("ping", "-n", "-c", 1, "-W", 2, "-M", "do", "-s", MTU - headers, address)


@pytest.mark.parametrize("target, own", [(OUTSIDE4, GATEWAY4), (OUTSIDE6, GATEWAY6)])
def test_the_first_hop_is_the_gateway_as_the_network_knows_it(phone, target, own):
    said = phone.host.run("ping", "-n", "-c", 1, "-W", 2, "-t", 1, target, expect=1).stdout
    assert f"From {own}" in said and "exceeded" in said


def test_the_second_hop_is_the_next_router(phone):
    assert f"From {OUTSIDE4}" in phone.host.run("ping", "-n", "-c", 1, "-W", 2, "-t", 2, FAR4, expect=1).stdout


def test_what_expires_on_the_way_to_the_phone_is_reported(site, phone):
    server, peer, _ = opened(site, phone, six=False, port=7009)
    server.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
    seen = site.outside.sniff("eth0")
    server.sendto(b"too old", peer)
    error = seen.wait_for("time exceeded", is_expired)
    assert (error[IP].src, error[IPerror].dst) == (WAN4, WAN4), "nothing is told of the phone's own address"


def test_closed_ports_are_reported(phone):
    for address in (OUTSIDE4, OUTSIDE6, GATEWAY4, GATEWAY6):
        assert clients.udp_outcome(phone.host, address, 9, timeout=2) == "refused", address
        assert clients.tcp_outcome(phone.host, address, 9, timeout=2) == "refused", address


def test_another_mapping_of_the_nat_breaks_nothing(site, phone, router):
    """The router gets another address of its provider, and forgets what it had."""
    download, pings = Download(phone.host, OUTSIDE4, 9000), Pings(phone.host, GATEWAY4, PACE)
    assert download.goes_on() and pings.runs()
    router.ip("addr flush dev eth0 scope global")
    router.addresses("eth0", "192.0.2.8/24").ip("route replace default via 192.0.2.1 dev eth0")
    eventually("the gateway knows the new place", lambda: outer_address(site).startswith("192.0.2.8:"), within=30)
    assert download.goes_on() and pings.runs()
    download.stop()


def test_nor_another_uplink(lab, site, phone):
    download = Download(phone.host, OUTSIDE4, 9000)
    pings = Pings(phone.host, GATEWAY4, PACE)
    assert download.goes_on() and pings.runs()
    lab.wire((site.outside, "to9"), (phone.host, "eth1"))
    site.outside.addresses("to9", "192.0.9.1/24")
    phone.host.addresses("eth1", "192.0.9.7/24").ip("route replace default via 192.0.9.1 dev eth1")
    # The apps open their sockets anew where the network changes. Others may go on by the old one, which works as well.
    phone.host.run("wg", "set", phone.device, "listen-port", 40000)
    eventually("the gateway knows the new place", lambda: outer_address(site).startswith("192.0.9.7:"), within=30)
    assert download.goes_on() and pings.runs()
    download.stop()


def test_sessions_outlive_the_daemon_applies_and_engines(site, document, phone, engine):
    other = {"ebpf": "nftables", "nftables": "ebpf"}[engine]
    switched = documents.carried_by(other) | {"networks": document["networks"]}
    talking = document | {"networks": {"home": document["networks"]["home"] | {"peers_may_talk": True}}}
    steps = {"killed": lambda: site.gateway.daemon.kill(), "started": site.gateway.start_daemon}
    for name, changed in (("open", talking), ("closed", document), ("other engine", switched), ("first engine", document)):
        steps[name] = functools.partial(site.gateway.apply, changed)
    session = clients.EchoedConnection(phone.host, OUTSIDE4, 8000)
    lost = {name: lost_during(step, phone, session) for name, step in steps.items()}
    assert sum(lost.values()) <= MOST_LOST, lost
    download = Download(phone.host, OUTSIDE4, 9000)   # now under load, of which pings would be lost without any of this
    for step in steps.values():
        step()
        assert download.goes_on()
    download.stop()
    assert session.says("still here")


def lost_during(step, phone, session):
    """Pings, while a session goes on before and after it."""
    pings = Pings(phone.host, GATEWAY4, PACE)
    assert pings.runs(10) and session.says("before")
    step()
    assert pings.runs(10) and session.says("after")
    return pings.lost()
