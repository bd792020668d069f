# SPDX-License-Identifier: GPL-2.0-or-later
"""`sluice monitor`: what is dropped, which flows come and go, and what changes."""

import socket

import documents
import pytest
import ways
from lab import clients, eventually, servers
from lab.helper_process import processes_of
from lab.home import INSIDE4, OUTSIDE4, WAN4
from lab.monitor import Monitor

hook = ways.one_hook

FLOOD = 5_000
MOST_LINES = 50 + 2   # of one second, with those of the others and of what is lost


@pytest.fixture
def monitor(home):
    """monitor(*options) starts one."""
    made = []

    def start(*options):
        made.append(Monitor(home.gateway, *options))
        return made[-1]
    yield start
    for one in made:
        one.end()


def refused_at(home, port):
    assert clients.tcp_outcome(home.outside, WAN4, port, timeout=0.2) != "connected"


def test_drops_are_rates_with_their_rule(home, monitor):
    seen = monitor("--drops")
    eventually("it has begun", lambda: processes_of(home.gateway, "capture"))

    def told():
        refused_at(home, 81)
        return next((line for line in seen.lines() if line["example"].endswith(f"> {WAN4}:81")), None)
    line = eventually("drops are told", told)
    assert (line["reason"], line["interface"], line["from"], line["to"]) == ("policy", "wan", "internet", "host")
    network = OUTSIDE4.rpartition(".")[0]
    assert line["source"] == f"{network}.0/24" and line["example"].startswith(f"tcp {OUTSIDE4}:")
    assert line["packets"] >= 1 and line["bytes"] >= 40 * line["packets"] and line["time"] and line["schema_version"] == 1


def test_forward_that_refuses_a_source_is_the_rule_of_the_drop(home, monitor):
    seen = monitor("--drops")
    eventually("it has begun", lambda: processes_of(home.gateway, "capture"))

    def told():
        refused_at(home, 2222)
        return next((line for line in seen.lines() if line.get("reason") == "forward-source"), None)
    line = eventually("the drop is told", told)
    assert (line["rule"]["kind"], line["rule"]["name"]) == ("forward", "private") and line["rule"]["line"]


def test_a_flood_is_a_few_lines_and_nothing_of_it_is_uncounted(home, monitor):
    one, two = monitor("--drops"), monitor("--drops")
    eventually("it has begun", lambda: processes_of(home.gateway, "capture"))
    assert len(processes_of(home.gateway, "capture")) == 1, "both hear of one"
    with home.outside.socket(kind=socket.SOCK_DGRAM) as sender:
        for _ in range(FLOOD):
            sender.sendto(b"x" * 100, (WAN4, 9))

    def counted(seen):
        return sum(line.get("packets", 0) + line.get("lost", 0) for line in seen.lines())
    for seen in (one, two):
        eventually("all are counted", lambda seen=seen: counted(seen) >= FLOOD)
        times = [line["time"] for line in seen.lines()]
        assert max(times.count(time) for time in times) <= 2 * MOST_LINES
        assert len(times) < FLOOD / 20


def test_where_nobody_follows_there_is_no_capture(home, monitor):
    seen = monitor("--drops")
    eventually("it has begun", lambda: processes_of(home.gateway, "capture"))
    seen.end()
    eventually("it is over", lambda: not processes_of(home.gateway, "capture"))


def test_flows_begin_and_end(home, document, monitor):
    servers.udp_peer_server(home.outside, 7100)
    document = {**document, "timeouts": {"udp": "3s", "udp_one_way": "3s"}}
    home.gateway.apply(document)
    seen = monitor("--flows")
    sockets = []

    def begun():   # the first look is of what is there already
        sockets.append(clients.udp_peer(home.inside, OUTSIDE4, 7100))
        return [line for line in seen.lines() if line["event"] == "flow-begun"]
    eventually("flows begin", begun)
    line = seen.find(event="flow-begun", protocol="udp")
    assert line["original"]["source"] == INSIDE4 and line["original"]["destination_port"] == 7100
    assert (line["from_zone"], line["to_zone"], line["policy"]) == ("lan", "internet", "lan-out")
    port = line["original"]["source_port"]

    def ended():
        return next((row for row in seen.lines() if row["event"] == "flow-ended" and row["original"]["source_port"] == port), None)
    last = eventually("it ends", ended, within=60)
    assert last["original"]["packets"] >= 1 and last["reply"]["packets"] >= 1
    first = monitor("--flows", "--now")
    clients.udp_peer(home.inside, OUTSIDE4, 7100)
    assert first.find(event="flow", protocol="udp") if any(row["event"] == "flow" for row in first.lines()) else first.find(event="flow-begun")


def test_what_is_logged_is_a_line_too(home, document, monitor):
    servers.udp_peer_server(home.outside, 7101)
    document = {**document, "nat": {**document["nat"], "masquerade": [{**one, "log": True} for one in document["nat"]["masquerade"]]}}
    home.gateway.apply(document)
    seen = monitor("--flows")
    eventually("it listens", lambda: clients.udp_peer(home.inside, OUTSIDE4, 7101) and any(row["event"] == "mapping-made" for row in seen.lines()))
    line = seen.find(event="mapping-made")
    assert line["inside"] == INSIDE4 and line["outside"] == WAN4 and "message" in line


def test_changes_are_told_with_what_was_before(home, document, monitor):
    home.gateway.apply(document)
    seen = monitor("--changes", "--now")
    seen.find(what="gateway", name="gateway", state="running")
    seen.find(what="interface", name="lan", state="up")
    changed = {**document, "timeouts": {"udp": "77s"}}
    applied = home.gateway.apply(changed)
    revision = str(home.gateway.json("status")["revision"])
    assert applied.returncode == 0
    line = seen.find(what="revision", name=revision)
    assert (line["state"], line["before"]) == ("applied", None) and line["who"]
    for words in ("lan down", "lan name elsewhere"):   # the daemon would put it up again
        home.gateway.ip("link set dev", words)
    since = seen.read   # in either order
    assert seen.find(what="gateway", state="degraded")["before"] == "running"
    seen.read = since
    assert seen.find(what="interface", name="lan", state="missing")["before"] == "up"
    home.gateway.ip("link set dev elsewhere name lan")
    seen.find(what="interface", name="lan", state="up")
    home.route_gateway()


def test_a_revision_that_waits_is_told_until_it_is_settled(home, document, monitor):
    seen = monitor("--changes", "--now")
    seen.find(what="gateway", name="gateway")
    home.gateway.sluice("apply", home.gateway.write({**document, "timeouts": {"udp": "78s"}}), "--confirm", "60s")
    revision = str(home.gateway.json("status")["revision"])
    assert seen.find(what="confirmation", name=revision, state="waits")["deadline"]
    home.gateway.sluice("confirm")
    seen.find(what="confirmation", name=revision, state="gone")


def test_words_in_place_of_json(home, monitor):
    seen = home.gateway.start_sluice("monitor", "--drops", "-o", "text")
    eventually("it has begun", lambda: processes_of(home.gateway, "capture"))

    def told():
        refused_at(home, 82)
        return f"> {WAN4}:82" in seen.output()
    eventually("drops are told", told)
    assert ": policy, internet > host at wan from " in seen.output()
    seen.end()


def test_alone_it_tells_of_all(home, document, monitor):
    home.gateway.apply(document)
    home.route_gateway()
    seen = monitor("--now")
    seen.find(what="gateway", name="gateway", state="running")
    servers.udp_peer_server(home.outside, 7103)

    def told():
        refused_at(home, 83)
        clients.udp_peer(home.inside, OUTSIDE4, 7103)
        lines = seen.lines()
        return any(row.get("example", "").endswith(f"> {WAN4}:83") for row in lines) and any(row.get("event") == "flow-begun" for row in lines)
    eventually("drops and flows are told", told)
    home.gateway.apply({**document, "timeouts": {"udp": "78s"}})
    seen.find(what="revision", state="applied", before=None)
    assert not [line for line in seen.lines() if line.get("event") == "not-followed"]


def test_alone_it_says_what_it_cannot_tell(home, document, monitor):
    home.gateway.apply(documents.carried_by("nftables"))
    seen = monitor("--now")
    assert seen.next(event="not-followed", kind="drops")["message"].startswith("no drops: the nftables engine carries the traffic")
    seen.find(what="gateway", name="gateway", state="running")
    home.gateway.apply(document)
    home.route_gateway()


def test_nftables_refuses_drops_and_tells_flows(home, document, monitor):
    home.gateway.apply(documents.carried_by("nftables"))
    refused = home.gateway.sluice("monitor", "--drops", expect=2)
    assert "the nftables engine carries the traffic, and nothing of sluice sees its packets" in refused.stderr
    servers.udp_peer_server(home.outside, 7102)
    seen = monitor("--flows")

    def begun():
        clients.udp_peer(home.inside, OUTSIDE4, 7102)
        return any(row["event"] == "flow-begun" and row["original"]["destination_port"] == 7102 for row in seen.lines())
    eventually("flows begin", begun)
    home.gateway.apply(document)
    home.route_gateway()
