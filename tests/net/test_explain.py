# SPDX-License-Identifier: GPL-2.0-or-later
"""`sluice explain` tells beforehand what then happens, on both engines."""

import documents
import pytest
from lab import Lab, clients, servers
from lab.home import INSIDE4, OUTSIDE4, OUTSIDE6, WAN4

PORT = 45001


@pytest.fixture(scope="module")
def lab(engine):
    """One for each engine."""
    with Lab("tc") as made:
        made.log.say(f"for {engine}")
        yield made


@pytest.fixture(scope="module")
def document(engine):
    return documents.home("auto") | {"engine": engine}


@pytest.fixture(scope="module")
def explained(home):
    servers.tcp_peer_server(home.inside, 8080)
    servers.udp_peer_server(home.outside, 7000)
    return home.gateway


def ask(gateway, device, protocol, source, destination, *more):
    return gateway.json("explain", "--in", device, "--protocol", protocol, "--source", source, "--destination", destination,
                        *more)


def test_way_out_is_told_and_taken(explained, home):
    told = ask(explained, "lan", "udp", f"{INSIDE4}:{PORT}", f"{OUTSIDE4}:7000")
    assert (told["verdict"], told["interface_out"], told["to_zone"]) == ("forwarded", "wan", "internet")
    assert clients.udp_peer(home.inside, OUTSIDE4, 7000, source=("", PORT)).address == told["translated"]["source"] == WAN4


def test_flow_that_is_there_is_told(explained, home):
    peer = clients.udp_peer(home.inside, OUTSIDE4, 7000, source=("", PORT + 1))
    told = ask(explained, "lan", "udp", f"{INSIDE4}:{PORT + 1}", f"{OUTSIDE4}:7000")
    assert told["known_flow"] and told["translated"]["source_port"] == peer.port
    assert not ask(explained, "lan", "udp", f"{INSIDE4}:{PORT + 1}", f"{OUTSIDE4}:7000", "--new")["known_flow"]


def test_forward_is_told_and_leads_there(explained, home):
    told = ask(explained, "wan", "tcp", f"{OUTSIDE4}:{PORT}", f"{WAN4}:80")
    assert (told["verdict"], told["policy"]) == ("forwarded", "web")
    assert (told["translated"]["destination"], told["translated"]["destination_port"]) == (INSIDE4, 8080)
    assert clients.tcp_peer(home.outside, WAN4, 80).address == OUTSIDE4


def test_reason_of_a_drop_is_told(explained):
    told = ask(explained, "wan", "tcp", f"{OUTSIDE4}:{PORT}", f"{WAN4}:81")
    assert (told["verdict"], told["reason"], told["translated"]) == ("dropped", "policy", None)
    assert ask(explained, "wan", "tcp", f"{INSIDE4}:{PORT}", f"{WAN4}:80")["reason"] == "spoofed"


def remembered(gateway):
    """What packets, and nothing else, change."""
    counted = {what: [(row["name"], row["flows"], row["packets"]) for row in gateway.show(what)] for what in ("policies", "forwards")}
    return counted | {"flows": len(gateway.show("flows")), "mappings": len(gateway.show("mappings")), "drops": gateway.drops()}


def test_asking_changes_nothing(explained):
    before = remembered(explained)
    for port in range(50000, 50020):
        assert ask(explained, "lan", "udp", f"{INSIDE4}:{port}", f"{OUTSIDE4}:9")["verdict"] == "forwarded"
        assert ask(explained, "wan", "tcp", f"{OUTSIDE4}:{port}", f"{WAN4}:80")["verdict"] == "forwarded"
        assert ask(explained, "wan", "tcp", f"{OUTSIDE4}:{port}", f"{WAN4}:81")["reason"] == "policy"
    assert remembered(explained) == before


def test_asks_the_tables_of_now(explained, home, document, engine):
    """Tables of another size are other ones, and so are those of another process."""
    number, other = PORT + 10, {"tables": {"flows": 4096}} if engine == "ebpf" else {}
    for change in (lambda: explained.apply(document | other), lambda: explained.apply(document),
                   lambda: (explained.daemon.kill(), explained.start_daemon())):
        change()
        number += 1
        clients.udp_peer(home.inside, OUTSIDE4, 7000, source=("", number))
        assert ask(explained, "lan", "udp", f"{INSIDE4}:{number}", f"{OUTSIDE4}:7000")["known_flow"]


def test_table_ends_with_the_verdict(explained):
    words = ["--protocol", "icmpv6", "--source", OUTSIDE6, "--destination", "2001:db8:f::1"]
    lines = explained.sluice("explain", "--in", "wan", *words).stdout.splitlines()
    assert lines[0].split() == ["STAGE", "RULE", "FINDING"]
    assert lines[-1].split()[0] == "verdict"


@pytest.mark.parametrize("words, sentence", [
    (("lam", "tcp", "192.0.2.1:1", "192.0.2.2:2"), "did you mean lan?"),
    (("lan", "tcp", "192.0.2.1", "192.0.2.2:2"), "is no ADDRESS:PORT"),
    (("lan", "icmp", "192.0.2.1:1", "192.0.2.2"), "icmp has none"),
    (("lan", "tcp", "192.0.2.1:1", "[2001:db8::1]:2"), "a packet has one family"),
])
def test_bad_question_is_refused_in_a_sentence(explained, words, sentence):
    device, protocol, source, destination = words
    refused = explained.sluice("explain", "--in", device, "--protocol", protocol, "--source", source, "--destination",
                               destination, expect=2)
    assert sentence in refused.stderr and len(refused.stderr.splitlines()) == 1
