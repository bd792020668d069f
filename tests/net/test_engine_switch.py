# SPDX-License-Identifier: GPL-2.0-or-later
"""Engines are exchanged under traffic: flows go on in both directions, and nothing passes that no rule allows."""

import json
import socket

import documents
import pytest
import ways
from lab import HomeLab, clients, eventually, servers
from lab.download import Download
from lab.home import MAIL_OUTSIDE4, OUTSIDE4, OUTSIDE6, WAN4
from lab.intruders import Watch

hook = ways.one_hook

TABLE = "table inet sluice"
DEGRADED, ROLLED_BACK = 6, 7


@pytest.fixture
def bare(own_lab):
    return HomeLab(own_lab)


def start(home, hook, engine="ebpf"):
    home.gateway.start_daemon()
    home.gateway.apply(documents.carried_by(engine, hook))
    home.route_gateway()


def switches(home, hook, times=2):
    for _ in range(times):
        for engine in ("nftables", "ebpf"):
            home.gateway.apply(documents.carried_by(engine, hook))
            yield engine


def rules(home):
    return home.gateway.run("nft", "list", "ruleset").stdout


def flow_of(home, port):
    return [row for row in home.gateway.show("flows") if row["original"]["source_port"] == port]


class Stream:
    """A UDP stream of numbered datagrams that a peer answers: an answer shows that both directions work."""

    def __init__(self, host, address, port, source_port):
        self.socket = host.socket(kind=socket.SOCK_DGRAM, timeout=0.5)
        self.socket.bind(("", source_port))
        self.peer = (address, port)
        self.seen = set()

    def answered_as(self):
        """What the peer sees us as; a datagram may be lost while engines change."""
        for _ in range(6):
            self.socket.sendto(b"still me", self.peer)
            try:
                self.seen.add(self.socket.recv(2048))
                return True
            except TimeoutError:
                continue
        return False


def test_established_flows_survive_every_switch(bare, hook):
    servers.endless_server(bare.outside, 9000)
    servers.endless_server(bare.inside, 8080)
    servers.tcp_peer_server(bare.outside, 7000)
    servers.udp_peer_server(bare.outside, 7000)
    start(bare, hook)
    downloads = [Download(bare.inside, OUTSIDE4, 9000), Download(bare.inside, OUTSIDE6, 9000),
                 Download(bare.outside, WAN4, 80)]
    idle = [clients.EchoedConnection(bare.inside, OUTSIDE4, 7000),
            clients.EchoedConnection(bare.inside, OUTSIDE6, 7000),
            clients.EchoedConnection(bare.mail, OUTSIDE4, 7000)]
    assert all(connection.says("before") for connection in idle)
    stream = Stream(bare.inside, OUTSIDE4, 7000, 23456)
    assert stream.answered_as()
    for engine in switches(bare, hook):
        assert bare.gateway.json("status")["engine"] == engine
        assert all(download.goes_on() for download in downloads)
        assert stream.answered_as()
    assert all(connection.says(f"after all {number}") for number, connection in enumerate(idle))
    assert len(stream.seen) == 1, f"the stream's outside address changed: {stream.seen}"


@pytest.mark.parametrize("engine", ["nftables", "ebpf"])
def test_a_session_that_sleeps_through_a_switch_is_woken_from_outside(bare, hook, engine):
    start(bare, hook, "ebpf" if engine == "nftables" else "nftables")
    listener = bare.outside.socket()
    listener.bind(("", 7100))
    listener.listen()
    client = clients.connect_tcp(bare.inside, OUTSIDE4, 7100)
    server, peer = listener.accept()
    assert peer[0] == WAN4
    bare.gateway.apply(documents.carried_by(engine, hook))
    server.sendall(b"first word after the switch")
    assert client.recv(100) == b"first word after the switch"


def test_translations_are_shown_the_same_before_and_after(bare, hook):
    servers.tcp_peer_server(bare.outside, 7000)
    servers.tcp_peer_server(bare.inside, 8080)
    start(bare, hook)
    out = clients.EchoedConnection(bare.inside, OUTSIDE4, 7000, source=("", 40001))
    forwarded = clients.EchoedConnection(bare.outside, WAN4, 80, source=("", 40002))
    static = clients.EchoedConnection(bare.mail, OUTSIDE4, 7000, source=("", 40003))
    assert out.says("x") and forwarded.says("y") and static.says("z")
    wanted = ("protocol", "family", "state", "from_zone", "to_zone", "policy", "nat", "interface_in", "interface_out")
    ends = ("source", "source_port", "destination", "destination_port")

    def seen():
        rows = [row for port in (40001, 40002, 40003) for row in flow_of(bare, port)]
        return [({key: row[key] for key in wanted}, [{key: row[way][key] for key in ends}
                                                    for way in ("original", "reply")]) for row in rows]

    before = seen()
    assert len(before) == 3 and before[2][1][1]["destination"] == MAIL_OUTSIDE4
    for _ in switches(bare, hook, times=1):
        assert out.says("x") and forwarded.says("y") and static.says("z")
        assert seen() == before


@pytest.mark.parametrize("engine", ["nftables", "ebpf"])
def test_a_switch_that_cannot_be_stored_is_taken_back(bare, hook, engine):
    """The disk is full of the new document when everything else is done."""
    before = "ebpf" if engine == "nftables" else "nftables"
    bare.gateway.state.mkdir()
    bare.lab.run("mount", "-t", "tmpfs", "-o", "size=2m", "sluice-test", bare.gateway.state)
    bare.lab.defer(bare.lab.run, "umount", "--lazy", bare.gateway.state)
    servers.tcp_peer_server(bare.outside, 7000)
    start(bare, hook, before)
    session = clients.EchoedConnection(bare.inside, OUTSIDE4, 7000)
    assert session.says("before")
    failed = bare.gateway.apply(json.dumps(documents.carried_by(engine, hook)) + " " * (4 << 20), expect=ROLLED_BACK)
    assert "full" in failed.stderr
    assert session.says("still here") and bare.gateway.json("status")["engine"] == before
    assert clients.tcp_peer(bare.inside, OUTSIDE4, 7000).address == WAN4
    earlier = bare.gateway.write(documents.carried_by(before, hook))
    eventually("nothing of the other engine is left",
               lambda: bare.gateway.sluice("plan", "--exit-code", earlier, expect=None).returncode == 0)
    bare.gateway.apply(documents.carried_by(engine, hook))
    assert session.says("and over a switch") and bare.gateway.json("status")["engine"] == engine


def test_what_fails_after_the_commit_is_told_as_degraded(bare, hook):
    """A folder beneath the pins is in use: the programs of before cannot be taken off."""
    servers.tcp_peer_server(bare.outside, 7000)
    start(bare, hook, "ebpf")
    session = clients.EchoedConnection(bare.inside, OUTSIDE4, 7000)
    busy = bare.gateway.pins / "programs" / "busy"
    busy.mkdir()
    bare.lab.run("mount", "-t", "tmpfs", "sluice-test", busy)
    bare.lab.defer(bare.lab.run, "umount", "--lazy", busy, expect=None)
    wanted = documents.carried_by("nftables")
    applied = bare.gateway.apply(wanted, expect=DEGRADED)
    assert "degraded: remove the BPF programs and maps: " in applied.stderr and "busy" in applied.stderr
    assert json.loads(bare.gateway.sluice("export").stdout) == wanted
    assert bare.gateway.json("status")["engine"] == "nftables" and session.says("still here")
    assert bare.gateway.json("status")["state"] == "degraded"
    bare.lab.run("umount", busy)
    eventually("nothing is left of them", lambda: not bare.gateway.pins.exists(), within=20)
    eventually("all is well", lambda: bare.gateway.json("status")["state"] == "running")
    bare.gateway.apply(documents.carried_by("ebpf", hook))
    assert session.says("and back")


def test_nothing_leaks_while_engines_change(bare, hook):
    watch = Watch(bare)
    watch.rounds(3)
    start(bare, hook)
    for engine in switches(bare, hook, times=3):
        watch.assert_tight(f"switched to {engine}")
    bare.gateway.apply(documents.carried_by("nftables"))
    bare.gateway.daemon.kill()
    watch.assert_tight("killed under nftables")
    bare.gateway.start_daemon()
    watch.assert_tight("started again under nftables")
    bare.gateway.cleanup()
    watch.assert_tight("cleanup")


def test_counters_go_on_over_a_switch(bare, hook):
    servers.tcp_peer_server(bare.outside, 7000)
    start(bare, hook)
    for _ in range(3):
        clients.tcp_peer(bare.inside, OUTSIDE4, 7000)

    def counted():
        return next(row for row in bare.gateway.show("policies") if row["name"] == "lan-out")

    before = counted()
    assert before["flows"] == 3 and before["packets"] > 0
    for _ in switches(bare, hook, times=1):
        now = counted()
        assert now["flows"] == 3 and now["packets"] >= before["packets"]
        before = now


def test_plan_says_what_a_switch_does(bare, hook):
    start(bare, hook)
    plan = bare.gateway.sluice("plan", bare.gateway.write(documents.carried_by("nftables"))).stdout
    assert "carry the flows over from ebpf to nftables" in plan
    assert "remove the BPF programs and maps" in plan


def test_rules_of_others_stay_byte_for_byte_the_same(bare, hook):
    bare.gateway.run("nft", "add table inet filter; add chain inet filter mine { type filter hook input priority 5; };"
                            "add rule inet filter mine tcp dport 1 counter drop; add table ip nat;"
                            "add set inet filter names { type ipv4_addr; elements = { 192.0.2.1 } ; }")
    before = rules(bare)
    start(bare, hook, "nftables")
    assert TABLE in rules(bare)
    for _ in switches(bare, hook, times=1):
        pass
    assert rules(bare) == before
    bare.gateway.apply(documents.carried_by("nftables"))
    bare.gateway.cleanup()
    assert rules(bare) == before
