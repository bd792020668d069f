# SPDX-License-Identifier: GPL-2.0-or-later
"""Datagrams in pieces cross in any order, both ways; floods of pieces that lead nowhere disturb nobody (RFC 4787 REQ-14)."""

import itertools
import random
import socket

import documents
import pytest
from lab import clients, eventually, servers
from lab.home import FAR4, INSIDE4, INSIDE6, LAN4, OUTSIDE4, OUTSIDE6, WAN4
from scapy.layers.inet import ICMP, IP, UDP, fragment
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment, fragment6

ids = itertools.count(1000)
ports = itertools.count(20000)


@pytest.fixture(scope="module")
def document(hook):
    """Short timeouts, so that the sweeper comes every second."""
    made = documents.home(hook)
    made["timeouts"] = {"udp": "2m", "udp_one_way": "4s"}
    return made


@pytest.fixture(scope="module", autouse=True)
def everybody_echoes(home):
    for host, port in ((home.outside, 7000), (home.inside, 30000), (home.far, 7000)):
        servers.udp_echo_server(host, port)
    servers.tcp_peer_server(home.inside, 8080)
    for port in (30001, 30002):
        servers.udp_peer_server(home.inside, port)


@pytest.fixture(scope="module")
def senders(home):
    """Frames by hand from the hosts inside and outside."""
    return {"inside": home.inside.injector("eth0", home.gateway.mac("lan")),
            "outside": home.outside.injector("eth0", home.gateway.mac("wan"))}


@pytest.mark.parametrize("size", [1473, 8000, 60_000])
@pytest.mark.parametrize("address", [OUTSIDE4, OUTSIDE6, FAR4])
def test_large_datagrams_cross_the_masquerade_both_ways(home, address, size):
    assert clients.udp_echo(home.inside, address, 7000, size)


@pytest.mark.parametrize("size", [1473, 60_000])
def test_large_datagrams_cross_a_forward_both_ways(home, size):
    assert clients.udp_echo(home.outside, WAN4, 30000, size)
    assert clients.udp_echo(home.second, WAN4, 30000, size), "hairpin"


@pytest.mark.parametrize("address", [OUTSIDE4, OUTSIDE6, LAN4])
def test_large_echoes_cross_both_ways(home, address):
    clients.ping(home.inside, address, count=3, size=8000)


def test_large_echoes_to_the_gateway_from_outside(home):
    clients.ping(home.outside, WAN4, count=3, size=8000)


def pieces_of(datagram):
    return fragment(datagram, 1000)


def in_order(pieces, order):
    if order == "random":
        return random.Random(4).sample(pieces, len(pieces))
    return {"reverse": pieces[::-1], "first last": pieces[1:] + pieces[:1]}[order]


@pytest.mark.parametrize("order", ["reverse", "first last", "random"])
def test_pieces_in_any_order_cross_the_masquerade(home, senders, order):
    """The server's kernel puts them together; its answer comes back as pieces in order."""
    there, back, port = home.outside.sniff("eth0"), home.inside.sniff("eth0"), next(ports)
    datagram = IP(src=INSIDE4, dst=OUTSIDE4, id=next(ids)) / UDP(sport=port, dport=7000) / (b"o" * 8000)
    senders["inside"].send(*in_order(pieces_of(datagram), order))
    there.wait_for("the first piece, translated", lambda p: UDP in p and p[UDP].sport == port and p[IP].src == WAN4)
    back.wait_for("the echo", lambda p: UDP in p and p[UDP].dport == port)


@pytest.mark.parametrize("order", ["reverse", "random"])
def test_pieces_in_any_order_cross_a_forward(home, senders, order):
    answer, port = home.outside.sniff("eth0"), next(ports)
    datagram = IP(src=OUTSIDE4, dst=WAN4, id=next(ids)) / UDP(sport=port, dport=30001) / (b"f" * 8000)
    senders["outside"].send(*in_order(pieces_of(datagram), order))
    answer.wait_for("the answer", lambda p: UDP in p and (p[UDP].sport, p[UDP].dport) == (30001, port))


@pytest.mark.parametrize("order", ["reverse", "random"])
def test_pieces_in_any_order_cross_over_ipv6(home, senders, order):
    answer, port = home.inside.sniff("eth0"), next(ports)
    datagram = IPv6(src=INSIDE6, dst=OUTSIDE6) / IPv6ExtHdrFragment(id=next(ids)) / UDP(sport=port, dport=7000) / (b"6" * 6000)
    senders["inside"].send(*in_order(fragment6(datagram, 1280), order))
    answer.wait_for("the answer", lambda p: UDP in p and p[UDP].dport == port)


@pytest.mark.parametrize("order", ["reverse", "random"])
def test_pieces_in_any_order_reach_the_gateway(home, senders, order):
    answer = home.inside.sniff("eth0")
    echo = IP(src=INSIDE4, dst=LAN4, id=next(ids)) / ICMP(id=next(ports)) / (b"e" * 5000)
    senders["inside"].send(*in_order(pieces_of(echo), order))
    answer.wait_for("the answer", lambda p: ICMP in p and (p[ICMP].type, p[ICMP].id) == (0, echo[ICMP].id))


def test_pieces_whose_first_one_never_comes_expire_and_are_counted(home, senders):
    outside, before = home.outside.sniff("eth0"), home.gateway.drops().get("fragment", 0)
    lost = IP(src=INSIDE4, dst=OUTSIDE4, id=next(ids)) / UDP(sport=next(ports), dport=7000) / (b"l" * 3000)
    senders["inside"].send(*pieces_of(lost)[1:])
    count = len(pieces_of(lost)) - 1
    eventually("they are counted", lambda: home.gateway.drops().get("fragment", 0) == before + count, within=12)
    assert not outside.matching(lambda p: IP in p and p[IP].frag > 0)


def lan_counts(home):
    row = next(row for row in home.gateway.show("interfaces") if row["name"] == "lan")
    return {name: row[f"{name}_packets"] for name in ("forwarded", "to_host", "dropped", "ignored", "rx")}


def test_every_piece_is_counted_once(home, senders):
    """Also those that waited, and a first one that was put back with them. To the gateway come its neighbours' IPv6 looks."""
    client = home.inside.socket(kind=socket.SOCK_DGRAM)
    client.bind((INSIDE4, 0))
    heard, before = home.gateway.sniff("lan"), lan_counts(home)
    datagram = IP(src=INSIDE4, dst=OUTSIDE4, id=next(ids)) / UDP(sport=client.getsockname()[1], dport=7000) / (b"c" * 8000)
    pieces = pieces_of(datagram)
    senders["inside"].send(*pieces[::-1])
    assert client.recv(65535) == b"c" * 8000
    gained = {name: count - before[name] for name, count in lan_counts(home).items()}
    assert gained["forwarded"] == len(pieces) and not gained["dropped"]
    assert gained["to_host"] <= len(heard.matching(lambda p: IPv6 in p))
    assert len(pieces) <= gained["rx"] <= len(pieces) + gained["to_host"] + gained["ignored"], "ARP, in both directions"


def flood(home, packets):
    injector = home.outside.injector("eth0", home.gateway.mac("wan"))
    for number in range(30_000):
        injector.send_frame(packets(number))


def unfinished(home, source, port):
    """First pieces without an end, each of a datagram of its own."""
    link = home.outside.injector("eth0", home.gateway.mac("wan")).link
    frame = bytearray(bytes(link / IP(src=source, dst=WAN4, flags="MF") / UDP(sport=999, dport=port, len=4000, chksum=0) /
                            (b"u" * 16)))
    head = bytes(frame[14:34])

    def numbered(number):
        frame[18:20] = number.to_bytes(2, "big")
        frame[24:26] = b"\0\0"
        total = sum(int.from_bytes(frame[at:at + 2], "big") for at in range(14, 34, 2))
        total = (total & 0xffff) + (total >> 16)
        frame[24:26] = (0xffff - ((total & 0xffff) + (total >> 16))).to_bytes(2, "big")
        return frame

    assert numbered(int.from_bytes(head[4:6], "big"))[14:34] == head, "the checksum is made as scapy makes it"
    return numbered


@pytest.mark.parametrize("port, admitted", [(4444, False), (30002, True)])
def test_a_flood_of_unfinished_datagrams_disturbs_nobody(home, port, admitted):
    """Kernels that put pieces together have no room for anybody's then: the receiver, if it is flooded; not the gateway."""
    stream = clients.EchoedConnection(home.outside, WAN4, 80)
    assert stream.says("before")
    numbered = unfinished(home, "203.0.113.77", port)
    home.outside.ip("addr add 203.0.113.77/24 dev eth0")
    for _ in range(3):
        flood(home, numbered)
        assert clients.udp_echo(home.second, OUTSIDE4, 7000, 60_000)
        assert stream.says("meanwhile")
    home.outside.ip("addr del 203.0.113.77/24 dev eth0")
    if not admitted:
        assert home.gateway.drops().get("policy", 0) >= 30_000


def test_a_flood_of_later_pieces_disturbs_nobody(home, senders):
    """They find no place to wait soon; other sources' pieces, and datagrams in order, go on."""
    port, seen = next(ports), home.inside.sniff("eth0")
    frames = [bytes(senders["outside"].link / IP(src=f"203.0.113.{64 + n % 8}", dst=WAN4, id=n, frag=20, proto=17) / (b"w" * 64))
              for n in range(2000)]
    for frame in frames:
        senders["outside"].send_frame(frame)
    assert home.gateway.drops().get("fragments-full", 0) > 0
    assert clients.udp_echo(home.second, OUTSIDE4, 7000, 60_000)
    datagram = IP(src=INSIDE4, dst=OUTSIDE4, id=next(ids)) / UDP(sport=port, dport=7000) / (b"o" * 4000)
    senders["inside"].send(*pieces_of(datagram)[::-1])
    seen.wait_for("the echo of a datagram in reverse", lambda p: UDP in p and p[UDP].dport == port)
