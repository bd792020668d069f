# SPDX-License-Identifier: GPL-2.0-or-later
"""Bridges that sluice makes: containers behind one, members that come and go, and nothing left of it."""

import json

import corpus
import pytest
from documents import forward, policy
from lab import Lab, clients, eventually, servers
from lab.download import Download
from lab.kills import kills

WAN4, OUTSIDE4 = "203.0.113.1", "203.0.113.9"
BRIDGE4, WEB4, DB4 = "172.20.1.1", "172.20.1.2", "172.20.1.3"
DEGRADED, INVALID, ROLLED_BACK = 6, 3, 7


@pytest.fixture(scope="module")
def lab():
    with Lab("tc") as made:
        yield made


def containers(engine, members=("eth2", "eth3"), **bridge):
    """A bridge with two members, hidden behind the way out, and one service that is forwarded."""
    return {
        "version": 1,
        "engine": engine,
        "interfaces": {
            "wan": {"zone": "internet", "addresses": [f"{WAN4}/24"]},
            "br0": {"bridge": {"members": list(members), **bridge}, "zone": "dmz", "addresses": [f"{BRIDGE4}/24"]},
        },
        "policies": [
            policy("dmz-out", "dmz", "internet"),
            policy("dmz-ping", "dmz", "host", protocol="icmp"),
        ],
        "nat": {
            "masquerade": [{"name": "out", "from": "dmz", "to": "internet"}],
            "forwards": [forward("web", WAN4, 80, f"{WEB4}:8080")],
        },
    }


class ContainerHost:
    """web, db -- eth2, eth3 [gateway] wan -- outside"""

    def __init__(self, lab, engine):
        self.engine, self.lab = engine, lab
        self.gateway = lab.gateway(f"gw{len(lab.hosts)}")
        self.outside = lab.host(f"out{len(lab.hosts)}")
        lab.wire((self.gateway, "wan"), (self.outside, "eth0"))
        self.outside.addresses("eth0", f"{OUTSIDE4}/24").routes(f"172.20.1.0/24 via {WAN4}")
        self.web, self.db = self.plug_in("eth2", WEB4), self.plug_in("eth3", DB4)
        servers.tcp_peer_server(self.outside, 7000)
        servers.tcp_peer_server(self.web, 8080)
        servers.tcp_peer_server(self.db, 8080)

    def plug_in(self, device, address):
        host = self.lab.host(f"c{len(self.lab.hosts)}")
        self.lab.wire((self.gateway, device), (host, "eth0"))
        host.addresses("eth0", f"{address}/24").routes(f"default via {BRIDGE4}")
        return host

    def link(self, device):
        """What the kernel says of it; empty: it is not there."""
        links = json.loads(self.gateway.ip("-json -details link show").stdout)
        return next((link for link in links if link["ifname"] == device), {})

    def serves(self):
        return (clients.tcp_peer(self.outside, WAN4, 80).address == OUTSIDE4
                and clients.tcp_peer(self.web, OUTSIDE4, 7000).address == WAN4)


@pytest.fixture
def host(lab, engine):
    with lab.part():
        made = ContainerHost(lab, engine)
        made.gateway.start_daemon()
        yield made


def test_containers_talk_to_each_other_and_go_out_masqueraded_and_one_is_forwarded(host):
    host.gateway.apply(containers(host.engine))
    assert host.link("br0")["linkinfo"]["info_kind"] == "bridge"
    assert clients.tcp_peer(host.web, DB4, 8080).address == WEB4
    assert host.serves()
    clients.ping(host.db, BRIDGE4)
    assert clients.tcp_outcome(host.outside, DB4, 8080, timeout=0.3) == "silence", "inside addresses are hidden"
    assert host.gateway.json("plan", host.gateway.write(containers(host.engine)))["steps"] == []
    assert next(row["hook"] for row in host.gateway.show("interfaces") if row["name"] == "br0") != "xdp"


def test_members_come_and_go_and_the_others_notice_nothing(host):
    host.gateway.apply(containers(host.engine, ["eth2"]))
    before = host.link("br0")
    servers.endless_server(host.outside, 9000)
    download = Download(host.web, OUTSIDE4, 9000)
    host.gateway.apply(containers(host.engine))
    assert clients.tcp_peer(host.db, OUTSIDE4, 7000).address == WAN4
    host.gateway.apply(containers(host.engine, ["eth2"]))
    assert "master" not in host.link("eth3")
    assert download.goes_on()
    after = host.link("br0")
    assert (after["ifindex"], after["address"]) == (before["ifindex"], before["address"])


def test_a_member_that_is_absent_is_told_and_taken_up_when_it_appears(host):
    done = host.gateway.apply(containers(host.engine, ["eth2", "eth3", "eth4"]), expect=DEGRADED)
    assert 'member "eth4" of "br0" does not exist' in done.stdout + done.stderr
    late = host.plug_in("eth4", "172.20.1.4")
    eventually("it is a member", lambda: host.link("eth4").get("master") == "br0")
    assert clients.tcp_peer(late, OUTSIDE4, 7000).address == WAN4
    eventually("nothing is missing any more", lambda: host.gateway.json("status")["degraded"] == [])


def test_members_of_others_stay_in_the_bridge(host):
    """What a container runtime plugs in by itself."""
    host.gateway.apply(containers(host.engine, ["eth2"]))
    host.gateway.ip("link set eth3 master br0")
    host.gateway.apply(containers(host.engine, []))
    assert host.link("eth3")["master"] == "br0" and "master" not in host.link("eth2")


def test_a_bridge_that_somebody_deletes_is_made_again(host):
    host.gateway.apply(containers(host.engine))
    index = host.link("br0")["ifindex"]
    host.gateway.ip("link del br0")
    eventually("it is there again", lambda: host.link("br0").get("ifindex", index) != index)
    eventually("its member too", lambda: host.link("eth3").get("master") == "br0")
    eventually("it carries traffic", host.serves)


def test_a_bridge_of_somebody_else_is_refused_and_left_as_it_is(host):
    host.gateway.ip("link add br0 type bridge")
    before = host.link("br0")
    done = host.gateway.apply(containers(host.engine), expect=INVALID)
    assert 'a device of this name is there that sluice did not make' in done.stderr
    assert host.link("br0") == before and "master" not in host.link("eth2")
    document = containers(host.engine)
    document["interfaces"]["br0"].pop("bridge")
    host.gateway.apply(document)
    assert "172.20.1.1/24" in next(row["addresses"] for row in host.gateway.show("interfaces") if row["name"] == "br0")
    host.gateway.cleanup()
    assert host.link("br0")["ifindex"] == before["ifindex"]


def test_a_member_of_somebody_elses_bridge_is_refused(host):
    host.gateway.ip("link add theirs type bridge")
    host.gateway.ip("link set eth3 master theirs")
    done = host.gateway.apply(containers(host.engine), expect=INVALID)
    assert 'member "eth3" belongs to "theirs"' in done.stderr
    assert host.link("br0") == {} and host.link("eth3")["master"] == "theirs"


def test_an_apply_that_fails_leaves_no_bridge(host):
    """The loopback device cannot be a member: the kernel says so when everything else is done."""
    done = host.gateway.apply(containers(host.engine, ["eth2", "lo"]), expect=ROLLED_BACK)
    assert "put lo into br0" in done.stderr
    assert host.link("br0") == {} and "master" not in host.link("eth2")


def test_an_apply_that_fails_brings_back_the_bridge_that_it_took(host):
    host.gateway.apply(containers(host.engine))
    broken = containers(host.engine, ["lo"])
    broken["interfaces"]["br1"] = broken["interfaces"].pop("br0")
    host.gateway.apply(broken, expect=ROLLED_BACK)
    eventually("the bridge is back", lambda: host.link("eth2").get("master") == "br0")
    assert host.link("br1") == {}
    eventually("it carries traffic", host.serves)


def test_a_bridge_that_leaves_the_document_is_removed(host):
    host.gateway.apply(containers(host.engine))
    document = containers(host.engine)
    del document["interfaces"]["br0"], document["policies"], document["nat"]
    host.gateway.apply(document)
    assert host.link("br0") == {} and "master" not in host.link("eth2")


@pytest.mark.parametrize("running", [True, False])
def test_cleanup_removes_it_with_the_daemon_and_without(host, running):
    host.gateway.apply(containers(host.engine))
    if not running:
        host.gateway.daemon.kill()
    done = host.gateway.cleanup()
    assert "remove bridge br0" in done.stdout
    assert host.link("br0") == {} and "master" not in host.link("eth2")


def test_a_kill_at_any_moment_leaves_nothing_that_cleanup_does_not_find(host):
    for _ in kills(host.gateway, host.gateway.write(containers(host.engine))):
        host.gateway.cleanup()
        assert host.link("br0") == {} and "master" not in host.link("eth2")
        host.gateway.start_daemon()


def test_a_new_daemon_takes_the_bridge_over(host):
    host.gateway.apply(containers(host.engine))
    index = host.link("br0")["ifindex"]
    host.gateway.stop_daemon()
    host.gateway.start_daemon()
    assert host.link("br0")["ifindex"] == index
    assert host.serves()


def test_the_example_of_a_container_host(lab, engine):
    document = corpus.parsed((corpus.TREE / "config/examples/container-bridges.json").read_text(encoding="utf-8"))
    with lab.part():
        host = ContainerHost(lab, engine)
        host.gateway.start_daemon()
        host.gateway.apply(document | {"engine": engine})
        web, boss, database = host.web, host.db, lab.host(f"c{len(lab.hosts)}")
        web.addresses("eth0", "172.20.1.10/24")
        boss.ip("addr flush dev eth0")
        boss.addresses("eth0", "172.20.3.9/24").routes("default via 172.20.3.1")
        lab.wire((host.gateway, "veth7"), (database, "eth0"))   # as a container runtime does
        host.gateway.ip("link set veth7 master br-int")
        database.addresses("eth0", "172.20.2.5/24").routes("default via 172.20.2.1")
        assert clients.tcp_peer(host.outside, WAN4, 80).address == OUTSIDE4
        assert clients.tcp_peer(web, OUTSIDE4, 7000).address == WAN4
        assert clients.tcp_peer(boss, "172.20.1.10", 8080).address == "172.20.3.9"
        clients.ping(database, "172.20.2.1")
        for sender, target, port in ((database, OUTSIDE4, 7000), (database, WAN4, 80), (web, "172.20.3.9", 8080)):
            assert clients.tcp_outcome(sender, target, port, timeout=0.3) == "silence"


def internal(engine):
    """Containers with no way out and none in, though a forward leads from everywhere to the other ones."""
    document = containers(engine, ["eth2"])
    document["interfaces"]["br1"] = {"bridge": {"members": ["eth3"], "isolated": True}, "zone": "internal",
                                     "addresses": ["172.20.2.1/24"]}
    document["policies"].append(policy("internal-ping", "internal", "host", protocol="icmp"))
    return document


def test_nothing_leads_out_of_an_isolated_bridge_and_nothing_in(host):
    host.gateway.apply(internal(host.engine))
    host.db.ip("addr flush dev eth0")
    host.db.addresses("eth0", "172.20.2.2/24").routes("default via 172.20.2.1")
    clients.ping(host.db, "172.20.2.1")
    dropped = host.gateway.drops().get("policy", 0)
    for address, port in ((OUTSIDE4, 7000), (WEB4, 8080), (WAN4, 80)):
        assert clients.tcp_outcome(host.db, address, port, timeout=0.3) == "silence", f"{address} from the isolated bridge"
    assert clients.tcp_outcome(host.web, "172.20.2.2", 8080, timeout=0.3) == "silence", "into the isolated bridge"
    assert host.gateway.drops()["policy"] > dropped
    assert host.serves(), "the other bridge is as it was"
