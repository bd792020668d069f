# SPDX-License-Identifier: GPL-2.0-or-later
"""What hosts and strangers can do to a gateway that is asked for ports."""

import socket
import struct

import documents
import mapping_site
import pytest
from lab import clients, eventually
from lab.helper_process import process_of
from lab.home import INSIDE4, INSIDE6, LAN4, LAN6, OUTSIDE4, SECOND4, WAN4
from lab.mapping_client import (ADDRESS_MISMATCH, MALFORMED_OPTION, MALFORMED_REQUEST, NOT_AUTHORIZED, PORT, SUCCESS, TCP, UNSUPPORTED_OPCODE,
                                UNSUPPORTED_OPTION, UNSUPPORTED_PROTOCOL, UNSUPPORTED_VERSION, map_request, read_answer, third_party)
from mapping_site import asked, client_of, leases

BROADCAST4 = "192.168.10.255"   # the gateway hears it too

hook, document = mapping_site.hook, mapping_site.document
served, own = mapping_site.served, mapping_site.own


@pytest.fixture(scope="module")
def engine():
    """Who is answered what is the same with both."""
    return "ebpf"


def code_of(client, message):
    return read_answer(client.exchange(message)).code


def test_what_is_wrong_is_named_and_nothing_is_made(served, own):
    good = map_request(INSIDE4, 9000)
    assert [code_of(own, message) for message in (
        b"\3" + good[1:], b"\1" + good[1:], good[:1] + b"\2" + good[2:], good[:56], good[:59], good + b"\0" * 1044,
        good + struct.pack("!BBH", 1, 0, 16), good + struct.pack("!BBH", 9, 0, 0),
        map_request(INSIDE4, 9000, protocol=132), map_request(INSIDE4, 0, protocol=0), map_request(INSIDE4, 9, protocol=0),
        map_request(SECOND4, 9000),
    )] == [UNSUPPORTED_VERSION, UNSUPPORTED_VERSION, UNSUPPORTED_OPCODE, MALFORMED_REQUEST, MALFORMED_REQUEST, MALFORMED_REQUEST,
           MALFORMED_OPTION, UNSUPPORTED_OPTION, UNSUPPORTED_PROTOCOL, UNSUPPORTED_PROTOCOL, MALFORMED_REQUEST, ADDRESS_MISMATCH]
    assert own.silent(good[:1] + b"\x81" + good[2:]), "an answer"
    assert own.silent(b"\2")
    assert own.silent(b"\0\1\0\0")
    assert not leases(served)


def test_nobody_asks_for_others(served, own):
    assert own.ask(22, options=third_party(SECOND4)).code == UNSUPPORTED_OPTION
    assert not leases(served)


def test_but_where_the_document_says_so(served, own, document):
    served.gateway.apply(asked("ebpf", third_party=True))
    eventually("it is allowed", lambda: own.ask(22, protocol=TCP, options=third_party(SECOND4)).code == SUCCESS)
    [row] = leases(served)
    assert row["host"] == SECOND4
    assert own.ask(22, options=third_party(INSIDE4)).code == MALFORMED_REQUEST
    assert {own.ask(22, options=third_party(other)).code for other in (LAN4, BROADCAST4, OUTSIDE4, "2001:db8:10::3")} == {NOT_AUTHORIZED}
    assert own.end(22, protocol=TCP, options=third_party(SECOND4)).code == SUCCESS
    served.gateway.apply(document)


def test_ipv6_has_no_mappings(served):
    client = client_of(served, served.inside, INSIDE6, LAN6)
    assert client.ask(9000).code == NOT_AUTHORIZED
    assert not leases(served)


def test_another_zone_is_not_heard(served):
    before = served.gateway.drops().get("policy", 0)
    assert client_of(served, served.outside, OUTSIDE4, WAN4).silent(b"\0\0")
    assert client_of(served, served.outside, OUTSIDE4, LAN4).silent(b"\0\0")
    assert served.gateway.drops().get("policy", 0) > before


def test_a_source_that_is_of_nobody_there_is_not_heard(served):
    """Anti-spoofing drops it, so not even a mapping for a false host is made."""
    served.inside.ip("addr add 10.9.9.9/32 dev eth0")
    try:
        assert client_of(served, served.inside, "10.9.9.9").silent(map_request("10.9.9.9", 9000))
    finally:
        served.inside.ip("addr del 10.9.9.9/32 dev eth0")
    assert not leases(served)


def test_a_flood_leaves_others_their_ports_and_the_daemon_its_time(served, own):
    gateway, flooding = served.gateway, client_of(served, served.second, SECOND4)
    flooding.socket.setblocking(False)
    before = gateway.processor_seconds()
    for number in range(30_000):
        try:
            flooding.socket.send(map_request(SECOND4, 1 + number % 60_000, life=1 + number % 7))
        except BlockingIOError:
            pass
    assert own.ask_again(9000, wanted=6000).port == 6000, "another host is served meanwhile"
    assert len([row for row in leases(served) if row["host"] == SECOND4]) <= mapping_site.PER_HOST
    assert gateway.processor_seconds() - before < 3
    assert clients.udp_peer(served.outside, WAN4, 6000).address == OUTSIDE4
    eventually("what it had is over", lambda: not [row for row in leases(served) if row["host"] == SECOND4])


def test_somebody_elses_server_is_told_and_waited_for(served, document):
    gateway = served.gateway
    gateway.apply(documents.carried_by("ebpf"))
    eventually("nobody hears", lambda: process_of(gateway, "mapper") is None)
    other = gateway.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind(("0.0.0.0", PORT))
    gateway.apply(document)

    def troubles():
        return [text for text in gateway.json("status")["degraded"] if f"listen on {LAN4}:{PORT}" in text]
    eventually("it is told", troubles)
    other.close()
    eventually("requests are heard", lambda: mapping_site.hears(served))
    eventually("nothing is told any more", lambda: not troubles())


def test_it_is_counted(served, own):
    def counted(what):
        text = served.gateway.run("curl", "-sSf", "--unix-socket", served.gateway.socket_path, "http://sluice/metrics").stdout
        [line] = [row for row in text.splitlines() if row.startswith(f"sluice_mapping_{what} ")]
        return int(float(line.split()[-1]))
    heard, refused = counted("requests_heard_total"), counted("requests_refused_total")
    own.ask(9000)
    own.ask(9000, protocol=132)
    eventually("it was told", lambda: counted("requests_heard_total") >= heard + 2 and counted("requests_refused_total") > refused)
    assert counted("leases") == 1
