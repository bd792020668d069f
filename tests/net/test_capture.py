# SPDX-License-Identifier: GPL-2.0-or-later
"""`sluice capture`: each packet as it came and as it left, in one file that Wireshark understands."""

import json
import os
import re
import signal
import socket

import documents
import pytest
from lab import clients, eventually, servers
from lab.capture import IN, OUT, Capture, by_packet, read
from lab.gateway import binaries
from lab.helper_process import children_of, status_of
from lab.home import INSIDE4, LAN4, OUTSIDE4, WAN4

PORT = 46001


@pytest.fixture
def capture(home, tmp_path):
    """capture(*words) starts one."""
    made = []

    def start(*words):
        made.append(Capture(home.gateway, tmp_path / f"{len(made)}.pcapng", *words))
        return made[-1]
    yield start
    for one in made:
        one.process.end()


@pytest.fixture(scope="module", autouse=True)
def servers_of_it(home):
    servers.udp_peer_server(home.outside, 7000)
    servers.udp_peer_server(home.inside, 7000)
    servers.tcp_peer_server(home.inside, 8080)
    clients.udp_peer(home.inside, OUTSIDE4, 7000)   # the neighbours are known


def test_packet_and_its_answer_in_both_shapes(home, hook, capture):
    one = capture("udp port 7000")
    peer = clients.udp_peer(home.inside, OUTSIDE4, 7000, source=("", PORT))
    there, back = one.packets()
    assert [(row["interface"], row["direction"]) for row in there] == [("lan", IN), ("wan", OUT)]
    assert [(row["source"], row["to"], row["to_port"]) for row in there] == [
        (INSIDE4, OUTSIDE4, "7000"), (WAN4, OUTSIDE4, "7000")]
    assert [int(row["from_port"]) for row in there] == [PORT, peer.port]
    assert [(row["interface"], row["source"], row["to"]) for row in back] == [
        ("wan", OUTSIDE4, WAN4), ("lan", OUTSIDE4, INSIDE4)]
    assert there[0]["about"] == "zone lan, MTU 1500" and there[0]["time"] <= there[1]["time"] <= back[0]["time"]
    for row in there:
        assert row["comment"].startswith('forwarded: lan > internet by policy "lan-out" ('), row
        assert 'translated by masquerade "' in row["comment"]
        assert row[hook] == {"tc": "7", "xdp": "4"}[hook], row
    assert "2 packets, 0 lost" in one.said()


def test_filter_meets_either_side_of_the_translation(home, capture):
    inside, outside = capture(f"udp and host {INSIDE4}"), capture(f"udp and host {WAN4}")
    neither = capture("udp and host 192.0.2.77")
    clients.udp_peer(home.inside, OUTSIDE4, 7000)
    assert [len(packet) for packet in inside.packets()] == [2, 2]
    assert [len(packet) for packet in outside.packets()] == [2, 2]
    assert neither.packets() == []


def test_dropped_packet_has_its_reason_and_rule(home, hook, capture):
    one = capture("--drops")
    assert clients.tcp_outcome(home.outside, WAN4, 81, timeout=0.3) != "connected"
    assert clients.udp_peer(home.inside, OUTSIDE4, 7000)
    packets = [packet for packet in one.packets() if packet[0]["tcp_port"] == "81"]
    assert packets and all(len(packet) == 1 for packet in packets)
    row = packets[0][0]
    assert row["comment"].startswith("dropped: policy (no policy accepts it, or one says drop), internet > host"), row
    assert row[hook] == {"tc": "2", "xdp": "1"}[hook]


def test_forward_that_refuses_a_source_is_named(home, capture):
    one, chosen = capture("--drops"), capture("--drops", "--forward", "private")
    assert clients.tcp_outcome(home.outside, WAN4, 2222, timeout=0.3) != "connected"
    clients.tcp_outcome(home.outside, WAN4, 81, timeout=0.3)
    for packets in (one.packets(), chosen.packets()):
        row = next(packet[0] for packet in packets if packet[0]["tcp_port"] == "2222")
        said = 'dropped: forward-source (the source may not use this forward), from internet by forward "private" ('
        assert row["comment"].startswith(said), row


def test_names_of_the_document_choose(home, capture):
    web, rest, drops = capture("--forward", "web"), capture("--forward", "named", "tcp"), capture("--reason", "policy")
    lan = capture("--zone", "host", "icmp")
    clients.udp_peer(home.inside, OUTSIDE4, 7000)
    clients.tcp_peer(home.outside, WAN4, 80)
    clients.tcp_outcome(home.outside, WAN4, 81, timeout=0.3)
    clients.ping(home.inside, LAN4)
    found = web.packets()
    assert found and {row["tcp_port"] for packet in found for row in packet} & {"80", "8080"} == {"80", "8080"}
    assert all('"web"' in row["comment"] for packet in found for row in packet)
    assert rest.packets() == []
    assert {row["tcp_port"] for packet in drops.packets() for row in packet} == {"81"}
    pings = lan.packets()
    assert [(len(packet), packet[0]["interface"], packet[0]["direction"]) for packet in pings] == [(1, "lan", IN), (1, "lan", OUT)]
    assert pings[0][0]["comment"].startswith('to the gateway itself: from lan by policy "lan-ping" (')
    assert pings[1][0]["comment"].startswith("from the gateway itself: to lan")


@pytest.mark.parametrize("words, complaint", [
    (["udp portt 53"], 'filter "udp portt 53": '),
    (["host nobody.invalid"], "nobody.invalid"),
    (["--forward", "wed"], 'there is no forward "wed", did you mean "web"?'),
    (["--zone", "laan"], 'there is no zone "laan", did you mean "lan"?'),
    (["--vrf", "office"], 'there is no VRF "office"'),
    (["--endpoint", "home/phone"], 'there is no endpoint "home/phone"'),
    (["--reason", "no-port"], 'there is no reason to drop a packet "no-port", did you mean "no-ports"?'),
    (["--snaplen", "65001"], 'field "snaplen" is a number from 1 to 65000'),
    (["-c", "0"], '--count: "0" is not a number from 1'),
])
def test_what_makes_no_sense_is_refused(home, tmp_path, words, complaint):
    refused = home.gateway.sluice("capture", "-w", tmp_path / "none.pcapng", *words, expect=2)
    assert complaint in refused.stderr


def test_ends_with_as_many_packets_as_were_asked_for(home, capture):
    one = capture("-c", "3", "--snaplen", "60", "udp port 7000")
    for _ in range(4):
        clients.udp_peer(home.inside, OUTSIDE4, 7000)
    assert one.process.wait() == 0
    rows = read(one.path)
    assert [len(packet) for packet in by_packet(rows)] == [2, 2, 2]
    assert all(int(row["kept"]) <= 60 and int(row["length"]) >= int(row["kept"]) for row in rows)
    assert "3 packets, 0 lost; ended: as many packets as were asked for" in one.said()


def test_streams_into_tshark(home):
    words = ["capture", "-w", "-", "-c", "2", "udp port 7000"]
    command = " ".join(f"'{word}'" for word in [str(binaries() / "sluice"), "--socket", str(home.gateway.socket_path), *words])
    reading = home.gateway.start("sh", "-c", f"{command} | tshark -n -l -i - -T fields -e frame.interface_name -e udp.dstport")
    eventually("it reads", lambda: "it has begun" in reading.output() and "Capturing on" in reading.output())
    clients.udp_peer(home.inside, OUTSIDE4, 7000)
    assert reading.wait() == 0
    assert [line for line in reading.output().splitlines() if "\t" in line][:2] == ["lan\t7000", "wan\t7000"]


def flag(home):
    """Captures that the packet path knows of, as the map has them."""
    row = json.loads(home.gateway.run("bpftool", "-j", "map", "dump", "pinned", home.gateway.pins / "config").stdout)[0]
    return row["formatted"]["value"]["capturing"]


def test_flag_is_up_for_as_long_as_somebody_captures(home, capture):
    assert flag(home) == 0
    one, two = capture("udp"), capture("tcp")
    assert bin(flag(home)).count("1") == 2
    one.process.kill()
    eventually("one of them is gone", lambda: bin(flag(home)).count("1") == 1)
    two.rows()
    eventually("both are gone", lambda: flag(home) == 0)
    assert home.gateway.sluice("status").returncode == 0


def test_four_at_once_and_no_more(home, capture, tmp_path):
    running = [capture("udp port 7000") for _ in range(4)]
    refused = home.gateway.sluice("capture", "-w", tmp_path / "fifth.pcapng", expect=1)
    assert "4 captures run already" in refused.stderr
    clients.udp_peer(home.inside, OUTSIDE4, 7000)
    assert [[len(packet) for packet in one.packets()] for one in running] == [[2, 2]] * 4


def test_ends_with_the_daemon_and_the_flag_goes_down(home, capture):
    one, gateway = capture("udp port 7000"), home.gateway
    clients.udp_peer(home.inside, OUTSIDE4, 7000)
    gateway.daemon.kill()
    assert one.process.wait() == 0
    assert [len(packet) for packet in by_packet(read(one.path))] == [2, 2]
    assert "ended: sluiced ends" in one.said()

    def traffic_takes_it_down():
        clients.udp_peer(home.inside, OUTSIDE4, 7000)
        return flag(home) == 0
    eventually("a packet has taken the flag down", traffic_takes_it_down)
    gateway.start_daemon()
    assert [len(packet) for packet in _one_exchange(home, capture)] == [2, 2]


def _one_exchange(home, capture):
    one = capture("udp port 7000")
    clients.udp_peer(home.inside, OUTSIDE4, 7000)
    return one.packets()


def test_ends_with_its_process(home, capture):
    before = set(children_of(home.gateway.daemon.pid))
    one = capture("udp port 7000")
    (helper,) = set(children_of(home.gateway.daemon.pid)) - before
    status = status_of(helper)
    assert (status["Uid"].split()[0], status["CapEff"], status["NoNewPrivs"]) == ("65534", "0" * 16, "1")
    os.kill(helper, signal.SIGKILL)
    assert one.process.wait() != 0
    eventually("the flag is down", lambda: flag(home) == 0)
    assert set(children_of(home.gateway.daemon.pid)) == before
    assert [len(packet) for packet in _one_exchange(home, capture)] == [2, 2]


SENT, LARGE = 20_000, 1000


def forwarded(home):
    return sum(row["forwarded_packets"] for row in home.gateway.show("interfaces") if row["name"] == "lan")


def test_slow_reader_loses_packets_of_the_capture_and_none_of_the_traffic(home, capture):
    one, before = capture("udp port 9"), forwarded(home)
    one.process.signal(signal.SIGSTOP)
    with home.inside.socket(kind=socket.SOCK_DGRAM) as sender, home.outside.socket(kind=socket.SOCK_DGRAM) as silent:
        silent.bind((OUTSIDE4, 9))
        for _ in range(SENT):
            sender.sendto(bytes(LARGE), (OUTSIDE4, 9))
    eventually("all have passed", lambda: forwarded(home) - before >= SENT)
    one.process.signal(signal.SIGCONT)
    packets = one.packets()
    captured, lost = map(int, re.search(r"(\d+) packets?, (\d+) lost", one.said()).groups())
    assert captured == len(packets) and 0 < lost
    assert SENT <= captured + lost < SENT + 100, "each packet is one or the other; some were not of it"
    assert all(len(packet) == 2 for packet in packets)


def test_nftables_refuses_and_says_why(home, document, tmp_path):
    home.gateway.apply(documents.carried_by("nftables"))
    refused = home.gateway.sluice("capture", "-w", tmp_path / "none.pcapng", expect=2)
    assert "the nftables engine carries the traffic, and nothing of sluice sees its packets" in refused.stderr
    home.gateway.apply(document)
    home.route_gateway()
