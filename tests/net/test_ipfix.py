# SPDX-License-Identifier: GPL-2.0-or-later
"""Events of translation are told to collectors by IPFIX: what they read, and that nobody waits for them (RFC 7011, RFC 8158)."""

import os
import signal
import socket
import time

import documents
import pytest
from lab import HomeLab, Lab, clients, eventually, servers
from lab.collectors import PORT, Nfcapd, TcpCollector
from lab.helper_process import process_of, status_of
from lab.home import FAR4, INSIDE4, OUTSIDE4, OUTSIDE6, SECOND4, WAN4

ASKED, INVALID = 7000, 3
NAT44_MADE, NAT44_ENDED = "NAT44 BIB create", "NAT44 BIB delete"


def told(*collectors, change=None, **more):
    """The home's document with a masquerade that is logged, and collectors."""
    document = documents.home("tc")
    document["timeouts"] = {"udp": "2s", "udp_one_way": "1s", "port_rest": "0s"}
    document["nat"]["masquerade"][0] |= {"log": True, "mappings_per_host": 60000, **(change or {})}
    rows = collectors or (collector("watch"),)
    return document | {"nat_log": {"collectors": list(rows), **more}}


def collector(name, protocol="udp", to=OUTSIDE4):
    return {"name": name, "to": to, "protocol": protocol}


@pytest.fixture(scope="module")
def home():
    with Lab("tc") as lab:
        made = HomeLab(lab)
        made.gateway.start_daemon()
        made.gateway.apply(told())
        made.route_gateway()
        for host in (made.outside, made.far):
            servers.udp_peer_server(host, ASKED)
        yield made


def untold():
    document = told()
    del document["nat_log"]
    return document


@pytest.fixture
def udp(home):
    """One that begins with the process that tells it, so that it has its templates."""
    home.gateway.apply(untold())
    collecting = Nfcapd(home.outside, OUTSIDE4)
    home.gateway.apply(told())
    yield collecting
    collecting.end()


@pytest.fixture
def tcp(home):
    collecting = TcpCollector(home.outside, OUTSIDE4)
    home.gateway.apply(told(collector("archive", "tcp")))
    yield collecting
    collecting.end()


def ask(home, port, host=None, address=OUTSIDE4):
    return clients.udp_peer(host or home.inside, address, ASKED, source=("", port))


def counts(home, name):
    return next(row for row in home.gateway.json("status")["nat_log"] if row["collector"] == name)


def troubles(home):
    return [line for line in home.gateway.json("status")["degraded"] if line.startswith("nat_log: ")]


def open_sockets(host, count):
    made = [host.socket(kind=socket.SOCK_DGRAM) for _ in range(count)]
    for one in made:
        one.sendto(b"who am I?", (OUTSIDE4, ASKED))
    return made


def test_nfdump_reads_who_had_which_port_and_when(home, udp):
    before = time.time()
    assert ask(home, 41000) == (WAN4, 41000)
    made, = udp.eventually_has(src_port=41000, nat_event=NAT44_MADE)
    assert (made["src4_addr"], made["src4_xlt_ip"], made["src_xlt_port"], made["proto"]) == (INSIDE4, WAN4, "41000", 17)
    assert (made["ingress_vrf"], made["dst4_addr"], made["dst_port"]) == ("0", "0.0.0.0", 0), "no destination is told"
    ended, = udp.eventually_has(src_port=41000, nat_event=NAT44_ENDED)
    assert (ended["src4_addr"], ended["src4_xlt_ip"], ended["src_xlt_port"]) == (INSIDE4, WAN4, "41000")
    times = [time.mktime(time.strptime(row["t_event"][:19], "%Y-%m-%dT%H:%M:%S")) for row in (made, ended)]
    assert before - 2 < times[0] < times[1] < time.time() + 1
    assert udp.missed() == 0


def test_a_mapping_that_is_not_logged_is_not_told(home, udp):
    home.gateway.apply(told(change={"log": False}))
    ask(home, 41100)
    home.gateway.apply(told())
    ask(home, 41101)
    udp.eventually_has(src_port=41101)
    assert not udp.events(src_port=41100)


def test_by_tcp_libfixbuf_reads_the_same(home, tcp):
    assert ask(home, 42000) == (WAN4, 42000)
    made, = tcp.eventually_has(sourceTransportPort=42000, natEvent=8)
    assert made["sourceIPv4Address"] == INSIDE4 and made["postNATSourceIPv4Address"] == WAN4
    assert made["postNAPTSourceTransportPort"] == "42000" and made["protocolIdentifier"] == "17"
    tcp.eventually_has(sourceTransportPort=42000, natEvent=9)
    assert not {"destinationIPv4Address", "destinationTransportPort"} & set(made)


def test_sequence_numbers_count_the_records(home, tcp):
    for number in range(5):
        ask(home, 42100 + number)
    tcp.eventually_has(sourceTransportPort=42104, natEvent=9)
    expected = tcp.sequence()[0][0]
    for number, records in tcp.sequence():
        assert number == expected
        expected += records


def test_ports_and_quotas_that_run_out_are_told(home, tcp):
    home.gateway.apply(told(collector("archive", "tcp"), change={"ports": "20000-20007"}))
    for answered in open_sockets(home.inside, 8):
        answered.recv(1000)
    open_sockets(home.second, 4)
    told_of, = tcp.eventually_has(natEvent=12)
    assert told_of["postNATSourceIPv4Address"] == WAN4 and told_of["protocolIdentifier"] == "17"
    home.gateway.apply(told(collector("archive", "tcp"), change={"mappings_per_host": 5, "quota": "hard"}))
    open_sockets(home.inside, 12)
    told_of, = tcp.eventually_has(natEvent=13, sourceIPv4Address=INSIDE4)
    assert (told_of["natQuotaExceededEvent"], told_of["maxEntriesPerUser"]) == ("3", "5")


def test_each_of_several_collectors_has_all_of_it(home):
    first, second = Nfcapd(home.outside, OUTSIDE4), TcpCollector(home.far, FAR4, PORT + 1)
    home.gateway.apply(told(collector("watch"), collector("archive", "tcp", f"{FAR4}:{PORT + 1}"), observation_domain=4242))
    ask(home, 43000)
    first.eventually_has(src_port=43000, nat_event=NAT44_ENDED)
    second.eventually_has(sourceTransportPort=43000, natEvent=9)
    assert int.from_bytes(second.streams[0][12:16], "big") == 4242
    assert eventually("both are counted", lambda: min(counts(home, name)["sent"] for name in ("watch", "archive")) >= 2)
    metrics = home.gateway.run("curl", "-sS", "--unix-socket", home.gateway.socket_path, "http://sluice/metrics").stdout
    assert 'sluice_nat_log_lost_total{collector="archive"} 0' in metrics and 'sluice_nat_log_sent_total{collector="watch"}' in metrics
    first.end()
    second.end()


def test_a_collector_of_ipv6(home):
    collecting = Nfcapd(home.outside, OUTSIDE6)
    home.gateway.apply(told(collector("six", to=f"[{OUTSIDE6}]:{PORT}")))
    ask(home, 43100)
    collecting.eventually_has(src_port=43100, nat_event=NAT44_MADE)
    collecting.end()


def test_who_is_away_by_udp_misses_it_and_understands_the_next(home, udp):
    udp.end()
    before = counts(home, "watch")["lost"]
    for number in range(8):
        ask(home, 43200 + number)
    eventually("it is told that it is away", lambda: troubles(home))
    assert f'collector "watch": tell {OUTSIDE4}:{PORT}: Connection refused' in troubles(home)[0]
    eventually("what it misses is counted", lambda: counts(home, "watch")["lost"] > before)
    again = Nfcapd(home.outside, OUTSIDE4)
    ports = iter(range(43300, 43900))

    def is_heard():
        ask(home, next(ports))
        return again.events(nat_event=NAT44_MADE)
    eventually("it has templates and events", is_heard, within=30)

    def is_well():
        ask(home, next(ports))
        return not troubles(home)
    eventually("nothing is said of it any more", is_well, within=15)
    again.end()


def test_who_is_away_by_tcp_is_told_later(home):
    home.gateway.apply(told(collector("archive", "tcp")))
    eventually("it is told that it is away", lambda: troubles(home))
    for number in range(20):
        ask(home, 44000 + number)
    collecting = TcpCollector(home.outside, OUTSIDE4)
    for number in range(20):
        collecting.eventually_has(sourceTransportPort=44000 + number, natEvent=8)
    eventually("nothing is said of it any more", lambda: not troubles(home))
    assert counts(home, "archive")["lost"] == 0
    collecting.end()
    ask(home, 44100)
    eventually("that it went is told", lambda: troubles(home))
    again = TcpCollector(home.outside, OUTSIDE4)
    ask(home, 44101)
    again.eventually_has(sourceTransportPort=44101, natEvent=8)
    again.end()


def test_who_does_not_read_keeps_nobody_waiting(home):
    idle = TcpCollector(home.outside, OUTSIDE4, reads=False)
    reading = TcpCollector(home.outside, OUTSIDE4, PORT + 2)
    home.gateway.apply(told(collector("idle", "tcp"), collector("archive", "tcp", f"{OUTSIDE4}:{PORT + 2}"), journal=False))
    home.gateway.ip("neigh replace 203.0.113.200 lladdr", home.outside.mac("eth0"), "dev wan nud permanent")
    sent = home.inside.socket(kind=socket.SOCK_DGRAM)
    for number in range(3000):
        one = home.inside.socket(kind=socket.SOCK_DGRAM)
        one.sendto(b"x", ("203.0.113.200", 9))
        one.close()
        if number % 500 == 0:
            begun = time.monotonic()
            assert home.gateway.json("status")["state"] in ("running", "degraded")
            assert time.monotonic() - begun < 5
    sent.close()
    ask(home, 45000)
    reading.eventually_has(sourceTransportPort=45000, natEvent=8)
    idle.end()
    reading.end()


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_a_daemon_that_is_started_anew_goes_on(home, udp, end):
    port = {"terminate": 46000, "kill": 46100}[end]
    ask(home, port)
    udp.eventually_has(src_port=port, nat_event=NAT44_MADE)
    getattr(home.gateway.daemon, end)()
    ask(home, port + 1)
    home.gateway.start_daemon()
    udp.eventually_has(src_port=port + 1, nat_event=NAT44_MADE)
    ask(home, port + 2)
    udp.eventually_has(src_port=port + 2, nat_event=NAT44_MADE)


def test_an_end_of_the_daemon_loses_nothing(home, udp):
    ask(home, 46200)
    eventually("it is logged", lambda: '"inside_port":46200' in home.gateway.daemon.output())
    home.gateway.daemon.terminate()
    udp.eventually_has(src_port=46200, nat_event=NAT44_MADE)
    home.gateway.start_daemon()


def test_the_process_is_nobody_and_comes_back(home, udp):
    ask(home, 47000)
    udp.eventually_has(src_port=47000)
    pid = process_of(home.gateway, "ipfix")
    status = status_of(pid)
    assert set(status["Uid"].split()) == {"65534"} and int(status["CapEff"], 16) == 0
    sent = counts(home, "watch")["sent"]
    os.kill(pid, signal.SIGKILL)
    eventually("there is another one", lambda: process_of(home.gateway, "ipfix") not in (None, pid))
    ask(home, 47001)
    udp.eventually_has(src_port=47001, nat_event=NAT44_MADE)
    eventually("counters go on", lambda: counts(home, "watch")["sent"] > sent)


def test_the_journal_can_do_without_mappings(home, udp):
    change = {"name": "another", "mappings_per_host": 5, "quota": "hard"}   # each tells of it once a minute
    home.gateway.apply(told(journal=False, change=change))
    open_sockets(home.second, 12)
    eventually("what ran out is logged", lambda: '"event":"host-mappings"' in home.gateway.daemon.output())
    home.gateway.apply(told(journal=False))
    ask(home, 48000)
    udp.eventually_has(src_port=48000, nat_event=NAT44_MADE)
    assert '"inside_port":48000' not in home.gateway.daemon.output()
    assert udp.eventually_has(src4_addr=SECOND4)


def test_it_goes_with_its_key(home, udp):
    assert process_of(home.gateway, "ipfix")
    home.gateway.apply(untold())
    assert process_of(home.gateway, "ipfix") is None
    assert home.gateway.json("status")["nat_log"] == [] and not troubles(home)
    metrics = home.gateway.run("curl", "-sS", "--unix-socket", home.gateway.socket_path, "http://sluice/metrics").stdout
    assert "sluice_nat_log" not in metrics


def test_nftables_refuses_it_and_says_why(home):
    document = documents.carried_by("nftables") | {"nat_log": {"collectors": [collector("watch")]}}
    refused = home.gateway.apply(document, expect=INVALID)
    assert "nat_log: the nftables engine has no log by IPFIX" in refused.stderr
