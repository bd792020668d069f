# SPDX-License-Identifier: GPL-2.0-or-later
"""A long list of flows is told piece by piece: the daemon needs no memory for it, and does its other work meanwhile."""

import contextlib
import json
import struct

import documents
import pytest
from lab import HomeLab, Lab, eventually
from lab.gateway import UnixConnection
from lab.helper_process import forget_peak, memory_of
from lab.home import INSIDE4
from lab.scraped import scraped
from scapy.layers.inet import IP, UDP

FLOWS = 50_000
TARGETS = ["203.0.113.200", "203.0.113.201"]
FIRST_PORT, PORTS = 1024, 32_768   # towards each
PORTS_AT = 14 + 20   # in a frame
BEGINNING = 1 << 16
MEGABYTE = 1 << 20


def document(way):
    made = documents.carried_by(*(["nftables"] if way == "nftables" else ["ebpf", way]))
    if way != "nftables":
        made["tables"] = {"flows": 262_144, "half_open": 131_072, "flows_per_host": 131_072}
    made["timeouts"] = {"udp": "1800s", "udp_one_way": "1800s"}
    return made


@pytest.fixture(scope="module", params=["tc", "nftables"])
def full(request):
    """A gateway with as many flows, each of one datagram."""
    with Lab("tc") as lab:
        home = HomeLab(lab)
        home.gateway.start_daemon()
        home.gateway.apply(document(request.param))
        home.route_gateway()
        for target in TARGETS:
            home.gateway.ip("neigh replace", target, "lladdr", home.outside.mac("eth0"), "dev wan nud permanent")
        fill(home)
        yield home


def fill(home):
    """A loaded machine loses some: whoever has no flow yet is sent again."""
    injector = home.inside.injector("eth0", home.gateway.mac("lan"))
    frames = [bytearray(bytes(injector.link / IP(src=INSIDE4, dst=target) / UDP(dport=9, chksum=0) / b"one"))
              for target in TARGETS]

    def all_there():
        for number in sorted(set(range(FLOWS)) - numbers(home.gateway.show("flows"))):
            frame = frames[number // PORTS]
            struct.pack_into("!H", frame, PORTS_AT, FIRST_PORT + number % PORTS)
            injector.send_frame(frame)
        return len(numbers(home.gateway.show("flows"))) == FLOWS

    eventually("every flow is there", all_there, within=60)


def numbers(rows):
    """Which of the flows are among them."""
    return {TARGETS.index(row["original"]["destination"]) * PORTS + row["original"]["source_port"] - FIRST_PORT
            for row in rows if row["original"]["destination"] in TARGETS}


@contextlib.contextmanager
def asked(home):
    """The answer that is being told, of which nothing was read."""
    with contextlib.closing(UnixConnection(home.gateway.socket_path)) as connection:
        connection.request("GET", "/v1/show/flows")
        yield connection.getresponse()


def test_the_list_is_whole_and_costs_no_memory(full):
    daemon = full.gateway.daemon.pid
    forget_peak(daemon)
    before, _ = memory_of(daemon)
    with asked(full) as answer:
        rows = json.loads(answer.read())["flows"]
    _, peak = memory_of(daemon)
    assert len(numbers(rows)) == FLOWS
    assert peak - before < 50 * MEGABYTE, f"{(peak - before) // MEGABYTE} MB"


def test_a_slow_reader_keeps_nothing_waiting(full):
    """Half of the list is told, and the daemon puts right what somebody changed on the machine."""
    with asked(full) as answer:
        beginning = answer.read(BEGINNING)
        full.gateway.ip("addr del 2001:db8:10::1/64 dev lan")
        eventually("the address is back", lambda: full.gateway.has_address("lan", "2001:db8:10::1/64"))
        assert len(json.loads(beginning + answer.read())["flows"]) >= FLOWS


def test_the_command_prints_every_row(full):
    lines = full.gateway.sluice("show", "flows", "-o", "jsonl").stdout.splitlines()
    assert len(numbers(map(json.loads, lines))) == FLOWS
    assert len(numbers(full.gateway.show("flows"))) == FLOWS


def test_metrics_of_many_are_those_of_a_look_that_keeps_nothing_waiting(full):
    """Who asks does not wait for it: he is told what the look came to that was begun when somebody asked before."""
    def told():
        seen = scraped(full.gateway)
        flows = [value for (name, *_), value in seen.items() if name == "sluice_flows"]
        packets = seen["sluice_policy_packets_total", "lan-out"]
        assert packets >= before[-1], "no counter goes back"
        before.append(packets)
        return sum(flows) if flows else None

    before = [0]
    assert told() is None, "nobody has asked before"
    eventually("the look has come to all of them", lambda: (told() or 0) >= FLOWS)
    assert before[-1] >= FLOWS
