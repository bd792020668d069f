# SPDX-License-Identifier: GPL-2.0-or-later
"""Nobody but the tunnel speaks as the tunnel: what would leave as one of its outer packets and is none ends here."""

import contextlib
import socket

import pytest
from documents import forward, policy
from lab import clients, eventually, servers
from lab.sites import INSIDE4, PORT, REMOTE4, REMOTE6, SITE4, STRANGER4, STRANGER6, VNI, WAN4, WAN6
from scapy.layers.inet import ICMP, IP, UDP, fragment
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment, fragment6
from scapy.layers.l2 import Ether
from scapy.layers.vxlan import VXLAN

LAN6, INSIDE6 = "2001:db8:10::1", "2001:db8:10::2"
SMUGGLED = b"smuggled-into-the-site"
OTHER_PORT, SERVICE = 7000, 5353
OTHER_WAN4 = "203.0.113.20"
REASON = "into_tunnel"


def ends(six):
    return (WAN6, REMOTE6) if six else (WAN4, REMOTE4)


def hidden(sites, six=False, tunnel=True):
    """The inside is masqueraded to the tunnel's own address, in both families; so is what a forward lets in."""
    made = sites.document(*ends(six))
    made["interfaces"]["lan"]["addresses"].append(f"{LAN6}/64")
    made["nat"]["masquerade"][0]["family"] = "both"
    made["nat"]["forwards"].append(forward("names", WAN4, SERVICE + 1, f"{INSIDE4}:{SERVICE}", protocol="udp"))
    made["policies"].append(policy("service", "internet", "host", protocol="udp", ports=SERVICE))
    if not tunnel:
        del made["interfaces"]["vx7"]
        made["policies"] = [policy("out", "lan", "internet")]
        made["nat"] = {"masquerade": [{"name": "out", "from": "lan", "to": "internet", "family": "both"}]}
    return made


@pytest.fixture(scope="module")
def asked(shared):
    """Servers, and IPv6 inside."""
    shared.inside.addresses("eth0", f"{INSIDE6}/64").routes(f"default via {LAN6}")
    for host, port in ((shared.inside, SERVICE), (shared.gateway, SERVICE), (shared.stranger, PORT),
                       (shared.stranger, OTHER_PORT), (shared.remote, OTHER_PORT)):
        servers.udp_peer_server(host, port)
    servers.tcp_peer_server(shared.remote, PORT)
    return shared


@pytest.fixture(params=[4, 6])
def six(request):
    return request.param == 6


@pytest.fixture
def site(asked, sites, six):
    sites.gateway.apply(hidden(sites, six))
    local, remote = ends(six)
    sites.tunnel(sites.remote, local=remote, remote=local, mtu=1430)
    eventually("the tunnel carries", lambda: clients.ping(sites.inside, SITE4, expect=None, wait=1).returncode == 0)
    return sites


def inner(room=0):
    return (VXLAN(vni=VNI, flags=8) / Ether(src="02:00:5e:00:53:66", dst="ff:ff:ff:ff:ff:ff")
            / IP(src="10.70.0.66", dst=SITE4) / ICMP() / (SMUGGLED + bytes(room)))


def outer(six, target=None, source=None, sport=40000, room=0):
    ip = IPv6(src=source or INSIDE6, dst=target or REMOTE6) if six else IP(src=source or INSIDE4, dst=target or REMOTE4, id=77)
    return ip / UDP(sport=sport, dport=PORT) / inner(room)


def in_pieces(packet, six):
    if not six:
        return fragment(packet, fragsize=800)
    packet[IPv6].payload = IPv6ExtHdrFragment(id=77) / packet[IPv6].payload
    return fragment6(packet, 1280)


def count(sites, reason=REASON):
    drops = sites.gateway.drops()
    return drops.get(reason, drops.get(reason.replace("_", "-"), 0))


def is_seen(sniffer):
    sniffer.catch_up()
    return any(SMUGGLED in frame for frame in list(sniffer.frames))


def test_a_frame_of_an_inside_host_does_not_reach_the_site(site, six):
    before, seen = count(site), site.remote.sniff("eth0")
    injector = site.inside.injector("eth0", site.gateway.mac("lan"))
    injector.send(outer(six), outer(six, sport=PORT), *in_pieces(outer(six, sport=40001, room=1500), six))
    eventually("each is counted", lambda: count(site) >= before + 3)
    clients.ping(site.inside, SITE4)
    assert not is_seen(seen)


def test_nor_from_another_address_of_a_pool(asked, sites):
    """A host that has used up one address gets the next one, which is the tunnel's."""
    document = hidden(sites)
    document["nat"]["masquerade"][0] |= {"family": "ipv4", "addresses": [OTHER_WAN4, WAN4], "ports": "20000-20001"}
    sites.gateway.apply(document)
    sites.tunnel(sites.remote, local=REMOTE4, remote=WAN4, mtu=1430)
    seen, before = sites.remote.sniff("eth0"), count(sites)
    with contextlib.ExitStack() as stack:
        askers = [stack.enter_context(sites.inside.socket(kind=socket.SOCK_DGRAM, timeout=2)) for _ in range(4)]
        for asker in askers:
            for address, port in ((STRANGER4, OTHER_PORT), (REMOTE4, PORT)):
                asker.sendto(bytes(inner()), (address, port))
        clients.ping(sites.inside, SITE4)
        seen.catch_up()
    outers = [packet[IP].src for packet in seen.packets() if UDP in packet and packet[UDP].dport == PORT and SMUGGLED in bytes(packet)]
    assert WAN4 not in outers, "the remote takes that for the tunnel"
    assert OTHER_WAN4 in outers or count(sites) > before, "the other address has no tunnel; or the host has the tunnel's from the beginning"


def test_nor_with_the_tunnels_own_source(site, six):
    """Nothing is translated: such a source is the gateway's own."""
    seen = site.remote.sniff("eth0")
    before = count(site, "own_source")
    site.inside.injector("eth0", site.gateway.mac("lan")).send(outer(six, source=ends(six)[0]))
    eventually("it is counted", lambda: count(site, "own_source") == before + 1)
    assert not is_seen(seen)


def test_others_are_asked_as_ever(site, six):
    stranger = STRANGER6 if six else STRANGER4
    remote = ends(six)[1]
    assert clients.udp_peer(site.inside, stranger, PORT).address == ends(six)[0], "that port of somebody else"
    assert clients.udp_peer(site.inside, remote, OTHER_PORT).address == ends(six)[0], "another port of the remote"
    assert clients.tcp_peer(site.inside, remote, PORT).address == ends(six)[0], "another protocol"
    clients.ping(site.inside, SITE4)


def test_the_tunnels_port_is_given_to_nobody(site, six):
    """Or the remote's frames would be answers to him."""
    peer = clients.udp_peer(site.inside, ends(six)[1], OTHER_PORT, source=("", PORT))
    assert peer.address == ends(six)[0] and peer.port != PORT


def test_the_remotes_port_cannot_call_for_answers(site, six):
    """A packet with a forged source opens a flow, and what answers it would be a frame for the remote."""
    if six:
        pytest.skip("the forward listens in IPv4")
    before = count(site)
    seen = site.remote.sniff("eth0")
    asks = site.remote.injector("eth0", site.gateway.mac("wan"))
    for port in (SERVICE, SERVICE + 1):
        assert clients.udp_outcome(site.stranger, WAN4, port) == "answered"
        asks.send(IP(src=REMOTE4, dst=WAN4) / UDP(sport=PORT, dport=port) / b"who am I?")
    eventually("each is counted", lambda: count(site) >= before + 2)
    clients.ping(site.inside, SITE4)
    seen.catch_up()
    assert not [p for p in seen.packets() if UDP in p and p[UDP].sport in (SERVICE, SERVICE + 1)]


def test_a_flow_that_is_older_than_the_tunnel_ends(asked, sites, six):
    sites.gateway.apply(hidden(sites, six, tunnel=False))
    with sites.inside.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM) as old:
        old.bind(("", 40002))
        seen = sites.remote.sniff("eth0")
        old.sendto(bytes(inner()), (ends(six)[1], PORT))
        eventually("it gets there", lambda: is_seen(seen))
        sites.gateway.apply(hidden(sites, six))
        seen, before = sites.remote.sniff("eth0"), count(sites)
        old.sendto(bytes(inner()), (ends(six)[1], PORT))
        eventually("it is counted", lambda: count(sites) > before)
        assert not is_seen(seen)
