# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of the nftables engine: tight at every moment, put back when somebody takes it away, gone after cleanup."""

import contextlib
import socket
import subprocess

import documents
import pytest
from lab import HomeLab, clients, servers, snapshot
from lab.documents import static
from lab.held import Held
from lab.home import INSIDE4, OUTSIDE4, OUTSIDE6, WAN4
from lab.intruders import Watch
from lab.wait import eventually


@pytest.fixture(scope="module", params=["nftables"])
def hook(request):
    return request.param


@pytest.fixture
def bare(own_lab):
    return HomeLab(own_lab)


def start(home):
    home.gateway.start_daemon()
    home.gateway.apply(documents.carried_by("nftables"))
    home.route_gateway()


def rules(home):
    return home.gateway.run("nft", "list", "ruleset").stdout


def test_nftables_alone_is_tight_from_the_first_start_to_the_cleanup(bare):
    watch = Watch(bare)
    start(bare)
    watch.assert_tight("first apply")
    assert clients.ping(bare.inside, OUTSIDE4)
    for _ in range(5):
        bare.gateway.apply(documents.without_policy(documents.carried_by("nftables"), "lan-out"))
        bare.gateway.apply(documents.carried_by("nftables"))
    watch.assert_tight("apply loop")
    bare.gateway.stop_daemon()
    watch.assert_tight("stopped")
    bare.gateway.cleanup()
    watch.assert_tight("cleanup")


def without_translation():
    document = documents.carried_by("nftables")
    document["nat"] = {}
    return document


# Judged by rules that translate its address, it would leave by rules that do not.
def test_a_packet_that_rules_change_under_does_not_leave_as_it_was(bare):
    start(bare)
    gone = bare.outside.sniff("eth0")
    held = Held(bare.gateway, "wan")
    client = bare.inside.socket(kind=socket.SOCK_DGRAM)
    client.bind((INSIDE4, 9999))
    client.sendto(b"one", (OUTSIDE4, 9999))
    number = held.wait()
    bare.gateway.apply(without_translation())
    held.let_go(number)
    bare.gateway.apply(documents.carried_by("nftables"))
    client.sendto(b"two", (OUTSIDE4, 9999))
    eventually("the next one leaves", lambda: any(b"two" in frame for frame in gone.frames))
    sources = {socket.inet_ntoa(frame[26:30]) for frame in gone.frames if frame[42:45] in (b"one", b"two")}
    assert sources == {WAN4}


@pytest.mark.parametrize("damage", ["flush ruleset", "delete table inet sluice", "flush chain inet sluice forward",
                                    "delete element inet sluice managed { wan }"])
def test_what_somebody_takes_away_is_put_back(bare, damage):
    start(bare)
    servers.tcp_peer_server(bare.outside, 7000)
    assert clients.tcp_peer(bare.inside, OUTSIDE4, 7000).address == WAN4
    whole = bare.gateway.run("nft", "-s", "list", "chain", "inet", "sluice", "forward").stdout
    bare.gateway.run("nft", *damage.split())
    eventually("the table is whole again", lambda: whole == bare.gateway.run(
        "nft", "-s", "list", "chain", "inet", "sluice", "forward", expect=None).stdout and
        "wan" in bare.gateway.run("nft", "list", "set", "inet", "sluice", "managed", expect=None).stdout)
    assert clients.tcp_peer(bare.inside, OUTSIDE4, 7000).address == WAN4


# Whoever asks for an address of the prefix from inside is led by a map of intervals, whose rows name chains.
def test_a_prefix_mapped_from_scratch_is_put_back_too(bare):
    document = documents.carried_by("nftables")
    document["nat"]["static"], document["nat"]["forwards"] = [static("block", "203.0.113.64/30", "192.168.10.8/30")], []
    bare.gateway.start_daemon()
    bare.gateway.apply(document)
    whole = bare.gateway.run("nft", "-s", "list", "chain", "inet", "sluice", "forward").stdout
    bare.gateway.run("nft", "flush", "ruleset")
    eventually("the table is whole again", lambda: whole == bare.gateway.run(
        "nft", "-s", "list", "chain", "inet", "sluice", "forward", expect=None).stdout)


@contextlib.contextmanager
def taken_by_another(gateway):
    """All rules go, and a table of this name is somebody else's: as long as he is there, nobody else can change it."""
    with gateway.entered():
        other = subprocess.Popen(["nft", "-i"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        other.stdin.write("flush ruleset; add table inet sluice { flags owner; }\n")
        other.stdin.flush()
        yield
    finally:
        other.stdin.close()
        other.wait(10)


def crosses(home):
    return home.outside.run("ping", "-c", "1", "-W", "1", INSIDE4, expect=None).returncode == 0


def test_while_the_table_cannot_be_put_back_nothing_passes_and_status_says_so(bare):
    start(bare)
    servers.tcp_peer_server(bare.outside, 7000)

    def degraded():
        return bare.gateway.json("status")["degraded"]

    with taken_by_another(bare.gateway):
        told = eventually("it is told", degraded)
        assert "put the machine right" in told[0] and "everything that comes in by its interfaces is dropped" in told[0]
        assert bare.gateway.json("status")["state"] == "degraded"
        assert not crosses(bare)
    eventually("the table stands again", lambda: not degraded())
    assert clients.tcp_peer(bare.inside, OUTSIDE4, 7000).address == WAN4
    assert not crosses(bare) and "sluice_guard" not in rules(bare)


def test_cleanup_leaves_the_machine_as_it_was(bare):
    before = snapshot.take(bare.gateway)
    start(bare)
    clients.ping(bare.inside, OUTSIDE4)
    clients.ping(bare.inside, OUTSIDE6)
    bare.gateway.cleanup()
    assert snapshot.differences(before, snapshot.take(bare.gateway)) == []
    assert rules(bare) == ""


LOOSE = "net.netfilter.nf_conntrack_tcp_loose"


def test_syn_cookies_have_connections_seen_late_until_the_cleanup(bare):
    bare.gateway.run("sysctl", "-w", f"{LOOSE}=0")
    start(bare)
    assert bare.gateway.run("sysctl", "-n", LOOSE).stdout.strip() == "0", "nobody needs it"
    document = documents.carried_by("nftables")
    document["nat"]["forwards"][0].update(half_open=64, syn_cookies=True)
    bare.gateway.apply(document)
    assert bare.gateway.run("sysctl", "-n", LOOSE).stdout.strip() == "1"
    bare.gateway.cleanup()
    assert bare.gateway.run("sysctl", "-n", LOOSE).stdout.strip() == "0"
