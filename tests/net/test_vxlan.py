# SPDX-License-Identifier: GPL-2.0-or-later
"""Two sites over VXLAN: sluice on one side, a plain kernel device on the other."""

import json

import corpus
import pytest
from documents import policy
from lab import clients, eventually, servers
from lab.download import Download
from lab.sites import (INSIDE4, PORT, REMOTE4, REMOTE6, ROOM, ROOM6, SITE4, STRANGER4, TUNNEL4, VNI, WAN4, WAN6, by)
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import Dot1Q, Ether
from scapy.layers.vxlan import VXLAN

DEGRADED = 6
FORGED = 20   # more than a client from an earlier test sends again


def test_both_sites_reach_each_other_by_policy_and_the_internet_masqueraded(sites):
    assert clients.tcp_peer(sites.inside, SITE4, 8080).address == INSIDE4
    assert clients.tcp_peer(sites.remote, INSIDE4, 8080).address == SITE4
    assert clients.tcp_outcome(sites.remote, INSIDE4, 22, timeout=0.3) == "silence", "no policy"
    assert clients.tcp_peer(sites.remote, STRANGER4, 7000).address == WAN4
    assert clients.tcp_peer(sites.stranger, WAN4, 80).address == STRANGER4, "a forward to the other site"
    before = outer_flows(sites)
    clients.ping(sites.remote, TUNNEL4)
    assert sites.gateway.json("plan", sites.gateway.write(sites.document()))["steps"] == []
    if sites.way[0] == "nftables":
        assert outer_flows(sites), "outer packets are judged like others"
    else:
        assert outer_flows(sites) == before, "outer packets need no flow"


def outer_flows(sites):
    """Where outer packets were judged, and how many. With eBPF those that came before the tunnel's device was there."""
    return {json.dumps(flow["original"] | {"bytes": 0}, sort_keys=True) for flow in sites.gateway.show("flows")
            if REMOTE4 in json.dumps(flow)}


def test_a_full_sized_transfer_passes_because_the_mtu_is_worked_out(sites):
    assert sites.link("vx7")["mtu"] == ROOM
    assert Download(sites.inside, SITE4, 9000).goes_on(10_000_000)
    done = sites.inside.run("ping", "-c1", "-W2", "-Mdo", "-s", ROOM - 28, SITE4)
    assert "1 received" in done.stdout
    assert "frag needed" in (sites.inside.run("ping", "-c1", "-W2", "-Mdo", "-s", ROOM - 27, SITE4, expect=None).stdout
                             .lower().replace("message too long", "frag needed"))


def test_the_mtu_follows_the_underlay(sites):
    sites.gateway.ip("link set wan mtu 1400")
    eventually("the tunnel is smaller", lambda: sites.link("vx7")["mtu"] == 1350)
    sites.gateway.ip("link set wan mtu 1500")
    eventually("it is as it was", lambda: sites.link("vx7")["mtu"] == ROOM)


def frame(source, vni=VNI, port=PORT, target=WAN4):
    """An echo request to the gateway, as the other end would send it."""
    inner = Ether(src="02:00:5e:00:53:07", dst="ff:ff:ff:ff:ff:ff") / IP(src=SITE4, dst=TUNNEL4) / ICMP() / b"inner"
    return IP(src=source, dst=target) / UDP(sport=40000, dport=port) / VXLAN(vni=vni, flags=8) / inner


@pytest.mark.parametrize("source", [STRANGER4, "203.0.113.77"], ids=["stranger", "forged"])
def test_nobody_else_gets_in(sites, source):
    injector = sites.stranger.injector("eth0", sites.gateway.mac("wan"))
    before, inner = sites.gateway.drops().get("policy", 0), sites.gateway.sniff("vx7")
    for _ in range(FORGED):
        injector.send(frame(source))
    eventually("each is counted", lambda: sites.gateway.drops().get("policy", 0) >= before + FORGED)
    clients.ping(sites.remote, TUNNEL4)
    inner.catch_up()
    assert not any(b"inner" in seen for seen in list(inner.frames))


def test_a_wrong_outer_checksum_is_taken_by_nobody(sites):
    """None at all is right (RFC 7348 section 5), and so is the right one: these come after it, and are seen."""
    injector, inner = sites.remote.injector("eth0", sites.gateway.mac("wan")), sites.gateway.sniff("vx7")
    for check, text in ((0x1234, b"wrong"), (0, b"empty"), (None, b"right")):
        made = frame(REMOTE4)
        made[UDP].chksum = check
        made[UDP].payload = made[UDP].payload / text
        injector.send(made)
    eventually("the right ones are taken", lambda: all(any(text in seen for seen in inner.frames) for text in (b"empty", b"right")))
    inner.catch_up()
    assert not any(b"wrong" in seen for seen in list(inner.frames))


def test_a_source_of_another_zone_is_spoofed(sites):
    """The remote's address, from inside."""
    injector = sites.inside.injector("eth0", sites.gateway.mac("lan"))
    before = sites.gateway.drops().get("spoofed", 0)
    injector.send(frame(REMOTE4))
    eventually("it is counted", lambda: sites.gateway.drops().get("spoofed", 0) == before + 1)


def test_another_network_is_not_this_one(sites):
    sites.tunnel(sites.remote, vni=VNI + 1)
    assert clients.ping(sites.remote, TUNNEL4, expect=None, wait=1).returncode != 0
    sites.tunnel(sites.remote, port=PORT + 1)
    assert clients.ping(sites.remote, TUNNEL4, expect=None, wait=1).returncode != 0


def test_remotes_and_entries_change_in_place(sites):
    index = sites.link("vx7")["ifindex"]
    sites.gateway.apply(sites.document(entries=[{"mac": "02:00:5e:00:53:01", "remote": STRANGER4}]))
    assert sites.places("vx7") == {("00:00:00:00:00:00", REMOTE4), ("02:00:5e:00:53:01", STRANGER4)}
    sites.gateway.apply(sites.document(remote=STRANGER4))
    assert sites.places("vx7") == {("00:00:00:00:00:00", STRANGER4)}
    assert sites.link("vx7")["ifindex"] == index
    sites.tunnel(sites.stranger, local=STRANGER4, address="10.70.0.9")
    clients.ping(sites.stranger, TUNNEL4)
    sites.stranger.run("ip", "link", "del", "vx", expect=None)


def test_another_number_makes_the_device_anew(sites):
    sites.gateway.apply(sites.document() | {"interfaces": sites.document(vni=9)["interfaces"]})
    assert sites.link("vx7")["linkinfo"]["info_data"]["id"] == 9
    sites.tunnel(sites.remote, vni=9)
    assert clients.tcp_peer(sites.inside, SITE4, 8080).address == INSIDE4


def test_six_below_four(sites):
    sites.gateway.apply(sites.document(WAN6, REMOTE6))
    assert sites.link("vx7")["mtu"] == ROOM6
    sites.tunnel(sites.remote, local=REMOTE6, remote=WAN6, mtu=ROOM6)
    assert clients.tcp_peer(sites.inside, SITE4, 8080).address == INSIDE4
    assert clients.tcp_peer(sites.remote, INSIDE4, 8080).address == SITE4


def test_without_learning_the_document_says_who_is_where(sites):
    mac = sites.remote.mac("vx")
    sites.gateway.apply(sites.document(learning=False, entries=[{"mac": mac, "remote": REMOTE4}]))
    assert sites.link("vx7")["linkinfo"]["info_data"]["learning"] is False
    assert clients.tcp_peer(sites.inside, SITE4, 8080).address == INSIDE4


def test_a_tunnel_that_somebody_deletes_is_made_again(sites):
    clients.ping(sites.remote, TUNNEL4)
    sites.gateway.ip("link del vx7")
    eventually("it is there again", lambda: sites.places("vx7") == {("00:00:00:00:00:00", REMOTE4)})
    eventually("the remote finds it by the MAC address that it knows",
               lambda: clients.tcp_outcome(sites.remote, INSIDE4, 8080, timeout=0.3) == "answered")
    eventually("it carries traffic", lambda: clients.tcp_peer(sites.inside, SITE4, 8080).address == INSIDE4)


def turned_round(text, pairs):
    """The document of the other site: each of these addresses is exchanged for its counterpart."""
    for number, (one, other) in enumerate(pairs):
        text = text.replace(one, f"@{number}@").replace(other, one).replace(f"@{number}@", other)
    return text


def test_the_example_of_two_sites_with_sluice_on_both(shared):
    text = (corpus.TREE / "config/examples/two-sites.json").read_text(encoding="utf-8")
    other = turned_round(text, [("203.0.113.1", "198.51.100.7"), ("192.168.10.", "192.168.20."),
                                ("10.70.0.1", "10.70.0.7")]).replace('"198.51.100.7/24"', '"198.51.100.7/25"')
    lab = shared.lab
    with lab.part():
        number = len(lab.hosts)
        gateways = lab.gateway(f"gwa{number}"), lab.gateway(f"gwb{number}")
        hosts = lab.host(f"a{number}"), lab.host(f"b{number}")
        lab.wire((gateways[0], "wan"), (gateways[1], "wan"))
        for side, document in enumerate((text, other)):
            mine, theirs = ("10", "20") if side == 0 else ("20", "10")
            lab.wire((gateways[side], "lan"), (hosts[side], "eth0"))
            hosts[side].addresses("eth0", f"192.168.{mine}.2/24").routes(f"default via 192.168.{mine}.1")
            servers.tcp_peer_server(hosts[side], 8080)
            gateways[side].start_daemon()
            # The way to the other site is there when the address is.
            gateways[side].apply(by(shared.way, corpus.parsed(document)), expect=DEGRADED)
            gateways[side].routes(f"{('198.51.100.7', '203.0.113.1')[side]} dev wan",
                                  f"192.168.{theirs}.0/24 via {('10.70.0.7', '10.70.0.1')[side]}")
            eventually("nothing is missing", lambda at=gateways[side]: at.json("status")["degraded"] == [])
        assert clients.tcp_peer(hosts[0], "192.168.20.2", 8080).address == "192.168.10.2"
        assert clients.tcp_peer(hosts[1], "192.168.10.2", 8080).address == "192.168.20.2"
        assert clients.tcp_outcome(hosts[1], "192.168.10.2", 9, timeout=0.3) == "silence"


def one_network(sites):
    """The inside and the other site are one network, which the gateway bridges and leads to the internet."""
    document = sites.document()
    tunnel, lan = document["interfaces"].pop("vx7"), document["interfaces"].pop("lan")
    document["interfaces"] |= {"vx7": {"vxlan": tunnel["vxlan"]},
                               "br0": lan | {"bridge": {"members": ["lan", "vx7"]}, "hook": "auto"}}
    document["policies"] = [policy("out", "lan", "internet"), policy("ping", "lan", "host", protocol="icmp")]
    document["nat"] = {"masquerade": [{"name": "out", "from": "lan", "to": "internet"}]}
    return document


def test_a_bridge_has_the_tunnel_among_its_members(sites):
    sites.gateway.apply(one_network(sites))
    try:
        assert sites.link("vx7")["master"] == "br0"
        assert sites.gateway.json("plan", sites.gateway.write(one_network(sites)))["steps"] == []
        sites.remote.ip("addr flush dev vx")
        sites.remote.addresses("vx", "192.168.10.7/24").routes(f"{STRANGER4} via 192.168.10.1")
        sites.inside.run("ip", "link", "set", "eth0", "mtu", ROOM)
        assert clients.tcp_peer(sites.inside, "192.168.10.7", 8080).address == INSIDE4, "no gateway between them"
        assert Download(sites.inside, "192.168.10.7", 9000).goes_on(1_000_000)
        assert clients.tcp_peer(sites.remote, STRANGER4, 7000).address == WAN4
        clients.ping(sites.remote, "192.168.10.1")
        outer = sites.remote.sniff("eth0")
        sites.inside.injector("eth0", "ff:ff:ff:ff:ff:ff").send(Dot1Q(vlan=77) / IP(src=INSIDE4, dst="192.168.10.7") / ICMP())
        outer.wait_for("the tag inside", lambda seen: VXLAN in seen and Dot1Q in seen and seen[Dot1Q].vlan == 77)
        sites.gateway.ip("link del vx7")
        eventually("it is among the members again", lambda: sites.link("vx7").get("master") == "br0")
        eventually("and carries", lambda: clients.tcp_outcome(sites.inside, "192.168.10.7", 8080, timeout=0.3) == "answered")
    finally:
        sites.inside.run("ip", "link", "set", "eth0", "mtu", 1500)


def test_cleanup_removes_it(shared):
    shared.gateway.apply(shared.document())
    shared.gateway.cleanup()
    assert shared.link("vx7") == {}
