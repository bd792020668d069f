# SPDX-License-Identifier: GPL-2.0-or-later
"""Two sites over VXLAN: sluice on one side, a plain kernel device on the other."""

import json

import corpus
import pytest
from documents import forward, policy
from lab import Lab, clients, eventually, servers
from lab.download import Download
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import Ether
from scapy.layers.vxlan import VXLAN

WAN4, REMOTE4, STRANGER4 = "203.0.113.1", "203.0.113.7", "203.0.113.9"
WAN6, REMOTE6 = "2001:db8:f::1", "2001:db8:f::7"
INSIDE4, SITE4 = "192.168.10.2", "10.70.0.7"
VNI, PORT = 7007, 4789
DEGRADED = 6


@pytest.fixture(scope="module")
def lab():
    with Lab("tc") as made:
        yield made


def two_sites(engine, local=WAN4, remote=REMOTE4, **vxlan):
    """The inside goes to the other site, which may use one service; both may go to the internet."""
    return {
        "version": 1,
        "engine": engine,
        "interfaces": {
            "wan": {"zone": "internet", "addresses": [f"{WAN4}/24", f"{WAN6}/64"]},
            "lan": {"zone": "lan", "addresses": ["192.168.10.1/24"]},
            "vx7": {"vxlan": {"vni": VNI, "local": local, "remotes": [remote], **vxlan}, "zone": "site",
                    "addresses": ["10.70.0.1/24"]},
        },
        "policies": [
            policy("to-site", "lan", "site"),
            policy("web", "site", "lan", destination=INSIDE4, protocol="tcp", ports=8080),
            policy("site-out", ["site", "lan"], "internet"),
            policy("ping", "site", "host", protocol="icmp"),
        ],
        "nat": {
            "masquerade": [{"name": "out", "from": ["site", "lan"], "to": "internet"}],
            "forwards": [forward("site-web", WAN4, 80, f"{SITE4}:8080")],
        },
    }


class Sites:
    """inside -- lan [gateway] wan -- (switch) -- remote and stranger"""

    def __init__(self, lab, engine):
        number = len(lab.hosts)
        self.lab, self.engine = lab, engine
        self.gateway, self.switch = lab.gateway(f"gw{number}"), lab.host(f"sw{number}")
        self.inside = lab.host(f"in{number}")
        self.remote, self.stranger = lab.host(f"re{number}"), lab.host(f"st{number}")
        lab.wire((self.gateway, "lan"), (self.inside, "eth0"))
        self.inside.addresses("eth0", f"{INSIDE4}/24").routes("default via 192.168.10.1")
        self.switch.ip("link add br0 up type bridge mcast_snooping 0")
        for host, device, port in ((self.gateway, "wan", "gw"), (self.remote, "eth0", "re"), (self.stranger, "eth0", "st")):
            lab.wire((host, device), (self.switch, port))
            self.switch.ip("link set", port, "master br0")
        self.remote.addresses("eth0", f"{REMOTE4}/24", f"{REMOTE6}/64")
        self.stranger.addresses("eth0", f"{STRANGER4}/24", "2001:db8:f::9/64")
        self.tunnel(self.remote)
        for host, port in ((self.inside, 8080), (self.remote, 8080), (self.stranger, 7000)):
            servers.tcp_peer_server(host, port)
        servers.endless_server(self.remote, 9000)

    def tunnel(self, host, vni=VNI, local=REMOTE4, remote=WAN4, address=SITE4, port=PORT, mtu=1450):
        """A plain kernel device, as somebody without sluice has it; another one takes its place."""
        host.run("ip", "link", "del", "vx", expect=None)
        host.ip(f"link add vx mtu {mtu} type vxlan id {vni} local {local} remote {remote} dstport {port} noudp6zerocsumrx")
        host.ip("link set vx up")
        host.addresses("vx", f"{address}/24").routes("192.168.10.0/24 via 10.70.0.1")
        if host is not self.stranger:
            host.routes(f"{STRANGER4} via 10.70.0.1")

    def link(self, device):
        links = json.loads(self.gateway.ip("-json -details link show").stdout)
        return next((link for link in links if link["ifname"] == device), {})

    def places(self, device):
        """(MAC, remote) of what the device was told by hand."""
        rows = json.loads(self.gateway.run("bridge", "-json", "fdb", "show", "dev", device).stdout)
        return {(row["mac"], row["dst"]) for row in rows if row["state"] == "permanent" and "dst" in row}

    def policy(self, name):
        return next(row for row in self.gateway.show("policies") if row["name"] == name)


@pytest.fixture(scope="module")
def shared(lab, engine):
    with lab.part():
        made = Sites(lab, engine)
        made.gateway.start_daemon()
        yield made


@pytest.fixture
def sites(shared):
    """The document is in force, and the other end is as it was."""
    shared.gateway.apply(two_sites(shared.engine))
    yield shared
    shared.tunnel(shared.remote)


def test_both_sites_reach_each_other_by_policy_and_the_internet_masqueraded(sites):
    assert clients.tcp_peer(sites.inside, SITE4, 8080).address == INSIDE4
    assert clients.tcp_peer(sites.remote, INSIDE4, 8080).address == SITE4
    assert clients.tcp_outcome(sites.remote, INSIDE4, 22, timeout=0.3) == "silence", "no policy"
    assert clients.tcp_peer(sites.remote, STRANGER4, 7000).address == WAN4
    assert clients.tcp_peer(sites.stranger, WAN4, 80).address == STRANGER4, "a forward to the other site"
    clients.ping(sites.remote, "10.70.0.1")
    assert sites.gateway.json("plan", sites.gateway.write(two_sites(sites.engine)))["steps"] == []
    assert sites.policy("vxlan vx7")["flows"] > 0


def test_a_full_sized_transfer_passes_because_the_mtu_is_worked_out(sites):
    assert sites.link("vx7")["mtu"] == 1450
    assert Download(sites.inside, SITE4, 9000).goes_on(10_000_000)
    done = sites.inside.run("ping", "-c1", "-W2", "-Mdo", "-s", 1450 - 28, SITE4)
    assert "1 received" in done.stdout
    assert "frag needed" in (sites.inside.run("ping", "-c1", "-W2", "-Mdo", "-s", 1450 - 27, SITE4, expect=None).stdout
                             .lower().replace("message too long", "frag needed"))


def test_the_mtu_follows_the_underlay(sites):
    sites.gateway.ip("link set wan mtu 1400")
    eventually("the tunnel is smaller", lambda: sites.link("vx7")["mtu"] == 1350)
    sites.gateway.ip("link set wan mtu 1500")
    eventually("it is as it was", lambda: sites.link("vx7")["mtu"] == 1450)


def frame(source, vni=VNI, port=PORT, target=WAN4):
    """An echo request to the gateway, as the other end would send it."""
    inner = Ether(src="02:00:5e:00:53:07", dst="ff:ff:ff:ff:ff:ff") / IP(src=SITE4, dst="10.70.0.1") / ICMP() / b"inner"
    return IP(src=source, dst=target) / UDP(sport=40000, dport=port) / VXLAN(vni=vni, flags=8) / inner


@pytest.mark.parametrize("source", [STRANGER4, "203.0.113.77"], ids=["stranger", "forged"])
def test_nobody_else_gets_in(sites, source):
    injector = sites.stranger.injector("eth0", sites.gateway.mac("wan"))
    before, inner = sites.gateway.drops().get("policy", 0), sites.gateway.sniff("vx7")
    injector.send(frame(source))
    eventually("it is counted", lambda: sites.gateway.drops().get("policy", 0) == before + 1)
    clients.ping(sites.remote, "10.70.0.1")
    inner.catch_up()
    assert not any(b"inner" in seen for seen in list(inner.frames))


def test_a_source_of_another_zone_is_spoofed(sites):
    """The remote's address, from inside."""
    injector = sites.inside.injector("eth0", sites.gateway.mac("lan"))
    before = sites.gateway.drops().get("spoofed", 0)
    injector.send(frame(REMOTE4))
    eventually("it is counted", lambda: sites.gateway.drops().get("spoofed", 0) == before + 1)


def test_another_network_is_not_this_one(sites):
    sites.tunnel(sites.remote, vni=VNI + 1)
    assert clients.ping(sites.remote, "10.70.0.1", expect=None, wait=1).returncode != 0
    sites.tunnel(sites.remote, port=PORT + 1)
    assert clients.ping(sites.remote, "10.70.0.1", expect=None, wait=1).returncode != 0


def test_remotes_and_entries_change_in_place(sites):
    index = sites.link("vx7")["ifindex"]
    sites.gateway.apply(two_sites(sites.engine, entries=[{"mac": "02:00:5e:00:53:01", "remote": STRANGER4}]))
    assert sites.places("vx7") == {("00:00:00:00:00:00", REMOTE4), ("02:00:5e:00:53:01", STRANGER4)}
    sites.gateway.apply(two_sites(sites.engine, remote=STRANGER4))
    assert sites.places("vx7") == {("00:00:00:00:00:00", STRANGER4)}
    assert sites.link("vx7")["ifindex"] == index
    sites.tunnel(sites.stranger, local=STRANGER4, address="10.70.0.9")
    clients.ping(sites.stranger, "10.70.0.1")
    sites.stranger.ip("link del vx")


def test_another_number_makes_the_device_anew(sites):
    sites.gateway.apply(two_sites(sites.engine) | {"interfaces": two_sites(sites.engine, vni=9)["interfaces"]})
    assert sites.link("vx7")["linkinfo"]["info_data"]["id"] == 9
    sites.tunnel(sites.remote, vni=9)
    assert clients.tcp_peer(sites.inside, SITE4, 8080).address == INSIDE4


def test_six_below_four(sites):
    sites.gateway.apply(two_sites(sites.engine, WAN6, REMOTE6))
    assert sites.link("vx7")["mtu"] == 1430
    sites.tunnel(sites.remote, local=REMOTE6, remote=WAN6, mtu=1430)
    assert clients.tcp_peer(sites.inside, SITE4, 8080).address == INSIDE4
    assert clients.tcp_peer(sites.remote, INSIDE4, 8080).address == SITE4


def test_without_learning_the_document_says_who_is_where(sites):
    mac = sites.remote.mac("vx")
    sites.gateway.apply(two_sites(sites.engine, learning=False, entries=[{"mac": mac, "remote": REMOTE4}]))
    assert sites.link("vx7")["linkinfo"]["info_data"]["learning"] is False
    assert clients.tcp_peer(sites.inside, SITE4, 8080).address == INSIDE4


def test_a_tunnel_that_somebody_deletes_is_made_again(sites):
    sites.gateway.ip("link del vx7")
    eventually("it is there again", lambda: sites.places("vx7") == {("00:00:00:00:00:00", REMOTE4)})
    eventually("it carries traffic", lambda: clients.tcp_peer(sites.inside, SITE4, 8080).address == INSIDE4)


def turned_round(text, pairs):
    """The document of the other site: each of these addresses is exchanged for its counterpart."""
    for number, (one, other) in enumerate(pairs):
        text = text.replace(one, f"@{number}@").replace(other, one).replace(f"@{number}@", other)
    return text


def test_the_example_of_two_sites_with_sluice_on_both(lab, engine):
    text = (corpus.TREE / "config/examples/two-sites.json").read_text(encoding="utf-8")
    other = turned_round(text, [("203.0.113.1", "198.51.100.7"), ("192.168.10.", "192.168.20."),
                                ("10.70.0.1", "10.70.0.7")]).replace('"198.51.100.7/24"', '"198.51.100.7/25"')
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
            gateways[side].apply(corpus.parsed(document) | {"engine": engine}, expect=DEGRADED)
            gateways[side].routes(f"{('198.51.100.7', '203.0.113.1')[side]} dev wan",
                                  f"192.168.{theirs}.0/24 via {('10.70.0.7', '10.70.0.1')[side]}")
            eventually("nothing is missing", lambda at=gateways[side]: at.json("status")["degraded"] == [])
        assert clients.tcp_peer(hosts[0], "192.168.20.2", 8080).address == "192.168.10.2"
        assert clients.tcp_peer(hosts[1], "192.168.10.2", 8080).address == "192.168.20.2"
        assert clients.tcp_outcome(hosts[1], "192.168.10.2", 9, timeout=0.3) == "silence"


def test_cleanup_removes_it(shared):
    shared.gateway.apply(two_sites(shared.engine))
    shared.gateway.cleanup()
    assert shared.link("vx7") == {}
