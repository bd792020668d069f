# SPDX-License-Identifier: GPL-2.0-or-later
"""Mappings are logged where the document asks for it: who had which outside port, and when (RFC 8158, RFC 6888)."""

import json
import os
import queue
import socket
import struct
import threading
from datetime import datetime, timezone

import documents
import pytest
from lab import clients, eventually, servers
from lab.home import FAR4, INSIDE4, OUTSIDE4, SECOND4, WAN4
from scapy.layers.inet import IP, UDP

PORT = 7000
LAST_PORTS = range(20000, 20008)
RING_HOLDS = 16384   # events, the smallest ring: half of the mappings
SOURCE_PORT = 14 + 20   # offset in a frame


def noted(home, change=None):
    """The home's document with a masquerade that is logged."""
    document = documents.home(home)
    document["timeouts"] = {"udp": "2s", "udp_one_way": "1s", "port_rest": "0s"}
    document["tables"] = {"mappings": RING_HOLDS * 2}
    document["nat"]["masquerade"][0] |= {"log": True, "mappings_per_host": 60000, **(change or {})}
    return document


@pytest.fixture(scope="module")
def document(hook):
    return noted(hook)


@pytest.fixture(scope="module", autouse=True)
def servers_run(home):
    for host in (home.outside, home.far):
        servers.udp_peer_server(host, PORT)


@pytest.fixture(autouse=True)
def daemon_runs(home):
    yield
    if not home.gateway.daemon.running():
        home.gateway.start_daemon()


def entries(process):
    """What this daemon logged as JSON."""
    return [json.loads(line) for line in process.output().splitlines() if line.startswith("{") and line.endswith("}")]


def about(process, event, **fields):
    return [entry for entry in entries(process) if entry["event"] == event
            and all(entry.get(name) == value for name, value in fields.items())]


def eventually_logged(process, event, **fields):
    eventually(f"{event} {fields} is logged", lambda: about(process, event, **fields), within=15)
    return about(process, event, **fields)


def ask(home, port, host=None):
    return clients.udp_peer(host or home.inside, OUTSIDE4, PORT, source=("", port))


def test_mapping_is_logged_when_it_is_made_and_when_it_ends(home):
    before = datetime.now(timezone.utc)
    assert ask(home, 41000) == (WAN4, 41000)
    made, = eventually_logged(home.gateway.daemon, "mapping-made", inside_port=41000)
    assert made["protocol"] == "udp" and made["masquerade"] == "out" and made["nat_event"] == 8
    assert (made["inside"], made["outside"], made["outside_port"]) == (INSIDE4, WAN4, 41000)
    ended, = eventually_logged(home.gateway.daemon, "mapping-ended", inside_port=41000)
    assert ended["nat_event"] == 9 and ended["outside_port"] == 41000
    times = [datetime.fromisoformat(entry["time"].replace("Z", "+00:00")) for entry in (made, ended)]
    assert before.timestamp() - 1 < times[0].timestamp() < times[1].timestamp()


def test_mapping_of_many_destinations_is_logged_once_and_without_them(home):
    sender = home.inside.socket(kind=socket.SOCK_DGRAM)
    sender.bind(("", 41100))
    for address in (OUTSIDE4, FAR4):
        sender.sendto(b"who am I?", (address, PORT))
        sender.recv(1000)
    eventually_logged(home.gateway.daemon, "mapping-ended", inside_port=41100)
    assert len(about(home.gateway.daemon, "mapping-made", inside_port=41100)) == 1
    for entry in entries(home.gateway.daemon):
        assert not {OUTSIDE4, FAR4, PORT} & set(entry.values()), "a destination is in the log"


def test_without_log_nothing_is_logged(restored, document):
    home = restored
    quiet = noted(home.lab.hook, {"log": False})
    home.gateway.apply(quiet)
    ask(home, 41200)
    home.gateway.apply(document)
    ask(home, 41201)
    eventually_logged(home.gateway.daemon, "mapping-made", inside_port=41201)
    assert not about(home.gateway.daemon, "mapping-made", inside_port=41200)


def open_sockets(host, count):
    made = [host.socket(kind=socket.SOCK_DGRAM) for _ in range(count)]
    for one in made:
        one.sendto(b"who am I?", (OUTSIDE4, PORT))
    return made


def test_exhaustion_is_told_once_with_host_and_rule(restored):
    home = restored
    home.gateway.apply(noted(home.lab.hook, {"ports": "20000-20007"}))
    for answered in open_sockets(home.inside, len(LAST_PORTS)):   # what nobody answered yet would be given back
        answered.recv(1000)
    before = home.gateway.drops().get("no-ports", 0)
    open_sockets(home.second, 20)
    told, = eventually_logged(home.gateway.daemon, "ports-exhausted", masquerade="out")
    assert told["inside"] == SECOND4 and told["nat_event"] == 12 and told["priority"] == "warning"
    assert told["outside"] == WAN4
    assert home.gateway.drops()["no-ports"] - before >= 20
    assert len(about(home.gateway.daemon, "ports-exhausted")) == 1
    shown, = home.gateway.json("status")["shortages"]
    assert (shown["event"], shown["inside"], shown["masquerade"]) == ("ports-exhausted", SECOND4, "out")
    check, = [row for row in home.gateway.json("doctor")["checks"] if row["name"] == "ports-exhausted"]
    assert check["state"] == "warning" and SECOND4 in check["finding"] and "addresses" in check["remedy"]


def test_quota_of_a_host_is_told_with_its_address(restored):
    home = restored
    home.gateway.apply(noted(home.lab.hook, {"mappings_per_host": 5, "quota": "hard"}))
    open_sockets(home.inside, 12)
    told, = eventually_logged(home.gateway.daemon, "host-mappings", inside=INSIDE4)
    assert told["count"] == 5 and told["masquerade"] == "out" and told["nat_quota_exceeded_event"] == 3
    assert ask(home, 41300, home.second) == (WAN4, 41300), "others are served"


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_events_wait_for_the_next_daemon(home, end):
    port = {"terminate": 41400, "kill": 41401}[end]
    getattr(home.gateway.daemon, end)()
    ask(home, port)
    home.gateway.start_daemon()
    made, = eventually_logged(home.gateway.daemon, "mapping-made", inside_port=port)
    ask(home, port + 50)
    eventually_logged(home.gateway.daemon, "mapping-made", inside_port=port + 50)
    assert len(about(home.gateway.daemon, "mapping-made", inside_port=port)) == 1
    assert made["outside_port"] == port


def flood(home, count):
    """That many datagrams, each from another port, to a host that does not answer."""
    home.gateway.ip("neigh replace 203.0.113.200 lladdr", home.outside.mac("eth0"), "dev wan nud permanent")
    injector = home.inside.injector("eth0", home.gateway.mac("lan"))
    frame = bytearray(bytes(injector.link / IP(src=INSIDE4, dst="203.0.113.200") / UDP(dport=9, chksum=0) / b"flood"))
    for number in range(count):
        struct.pack_into("!H", frame, SOURCE_PORT, 2000 + number)
        injector.send_frame(frame)


def told_lost(home):
    return sum(entry["count"] for entry in about(home.gateway.daemon, "events-lost"))


def test_more_than_the_ring_holds_is_counted_and_told_in_few_lines(home):
    home.gateway.daemon.kill()
    flood(home, 20_000)
    home.gateway.start_daemon()
    eventually("the rest is logged", lambda: sum(len(about(home.gateway.daemon, kind)) for kind in
                                                 ("mapping-made", "mapping-ended")) > 15_000, within=40)
    eventually("as many were told as were lost", lambda: home.gateway.json("status")["events"]["lost"] == told_lost(home))
    assert told_lost(home) > 1000 and len(about(home.gateway.daemon, "events-lost")) < 10


def test_events_that_wait_while_tables_are_exchanged_are_told(restored, document):
    daemon = restored.gateway.daemon
    lost, told = restored.gateway.json("status")["events"]["lost"], len(about(daemon, "mapping-made"))
    flood(restored, 10_000)
    restored.gateway.apply(document | {"tables": {"mappings": RING_HOLDS * 8}})
    eventually("each mapping is logged", lambda: len(about(daemon, "mapping-made")) - told >= 10_000, within=40)
    ask(restored, 41600)
    eventually_logged(daemon, "mapping-made", inside_port=41600)
    assert restored.gateway.json("status")["events"]["lost"] == lost


@pytest.fixture
def journal(tmp_path):
    """journald's end of its socket. The test's own mount namespace has a /run of its own."""
    os.makedirs("/run/systemd/journal", exist_ok=True)
    path = "/run/systemd/journal/socket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(path)
        entries = queue.SimpleQueue()
        reader = threading.Thread(target=read_entries, args=(made, entries), daemon=True)
        reader.start()
        yield entries
        made.shutdown(socket.SHUT_RD)
        reader.join(5)
    os.unlink(path)


def read_entries(journal, entries):
    """As journald does: whoever logs never waits for the test."""
    while data := journal.recv(1 << 16):
        entries.put(data.decode())


def test_under_systemd_they_go_to_the_journal_as_fields(home, journal, monkeypatch):
    home.gateway.stop_daemon()
    with monkeypatch.context() as environment:
        environment.setenv("JOURNAL_STREAM", "8:1")
        home.gateway.start_daemon()
    ask(home, 41500)
    while True:
        entry = dict(line.split("=", 1) for line in journal.get(timeout=10).splitlines())
        if entry.get("SLUICE_EVENT") == "mapping-made" and entry["SLUICE_INSIDE_PORT"] == "41500":
            break
    assert entry["MESSAGE"] == f'masquerade "out": udp {INSIDE4}:41500 is {WAN4}:41500 outside'
    assert entry["PRIORITY"] == "6" and len(entry["MESSAGE_ID"]) == 32
    assert entry["SLUICE_PROTOCOL"] == "udp" and entry["SLUICE_VRF"] == "0"
    home.gateway.stop_daemon()
