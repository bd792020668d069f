# SPDX-License-Identifier: GPL-2.0-or-later
"""The gateway's resolver: what it forwards, keeps and knows itself; who is served, and what strangers can do to it."""

import contextlib
import os
import signal
import socket
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import documents
import pytest
from lab import eventually
from lab.dns_upstream import Upstream, rows
from lab.documents import policy
from lab.home import LAN4, LAN6, OTHER_OUTSIDE4, OUTSIDE4, WAN4
from lab.pace import patience
from lab.tenants import TENANT4, TENANT_GATEWAY4, TenantsLab

WEB4, SECOND_WEB4 = "198.51.100.80", "198.51.100.81"
NAMES = {"Apache.podplay.local": "172.20.0.10", "both.example.org": ["192.168.10.2", "2001:db8:10::2"]}
MOST_WAITING, MOST_STREAMS, MOST_OF_STREAMS = 256, 8, 512


@pytest.fixture(scope="module", params=["tc"])
def hook(request):
    """The packet path knows nothing of names."""
    return request.param


def served(hook="tc", upstreams=(OUTSIDE4,)):
    made = documents.home(hook)
    made["resolver"] = {"upstreams": list(upstreams)}
    made["zones"] = {"lan": {"dns": True, "names": {"only.example.org": "192.168.10.9"}}}
    made["names"] = NAMES
    made["policies"].append(policy("dns", "lan", "host", protocol=["udp", "tcp"], ports=53))
    made["services"] = {"shop": {"listen": WAN4, "ports": 8081, "backends": [{"name": "one", "near": "192.168.10.2:8080"}]}}
    made["underlays"] = {"near": {"zone": "lan"}}
    return made


@pytest.fixture(scope="module")
def document(hook):
    return served(hook)


@pytest.fixture(scope="module")
def upstream(home):
    return Upstream(home.outside, OUTSIDE4)


@pytest.fixture(scope="module")
def names(home, upstream):
    """The lab, once names are resolved in it."""
    upstream.answers["ready.example.org", "A"] = [rows("ready.example.org", "A", WEB4)]
    eventually("names are resolved", lambda: dig(home.inside, "ready.example.org") == [WEB4])
    return home


def dig(host, *words, server=LAN4):
    """What `dig +short` says."""
    said = host.run("dig", "+short", "+tries=1", "+time=3", f"@{server}", *words, expect=None).stdout
    return [] if ";;" in said else said.split()


def ask(host, name, kind="A", server=LAN4, tcp=False, flags=0, **options):
    """The answer as dnspython reads it."""
    message = dns.message.make_query(name, kind, **options)
    message.flags |= flags
    sock = host.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
    with sock:
        sock.connect((server, 53))
        return over_stream(sock, message) if tcp else over_datagram(sock, message)


def over_datagram(sock, message):
    sock.send(message.to_wire())
    return dns.message.from_wire(sock.recv(65535))


def over_stream(sock, message):
    wire = message.to_wire()
    sock.sendall(len(wire).to_bytes(2, "big") + wire)
    length = int.from_bytes(receive(sock, 2), "big")
    return dns.message.from_wire(receive(sock, length))


def receive(sock, size):
    got = b""
    while len(got) < size and (more := sock.recv(size - len(got))):
        got += more
    return got


def addresses(answer):
    return sorted(row.to_text() for rrset in answer.answer for row in rrset if rrset.rdtype in (1, 28))


def child_of(gateway):
    """The process that resolves: the other child has other work."""
    path = Path(f"/proc/{gateway.daemon.pid}/task/{gateway.daemon.pid}/children")
    for pid in path.read_text(encoding="ascii").split():
        with contextlib.suppress(FileNotFoundError):
            if b"resolver" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                return int(pid)
    return None


def is_gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_what_was_answered_once_is_not_asked_again_while_it_lives(names, upstream):
    upstream.answers["www.example.org", "A"] = [rows("www.example.org", "A", WEB4, SECOND_WEB4)]
    for _ in range(3):
        assert addresses(ask(names.inside, "WWW.example.org")) == [WEB4, SECOND_WEB4]
    assert upstream.names().count("www.example.org") == 1
    assert addresses(ask(names.inside, "www.example.org", tcp=True)) == [WEB4, SECOND_WEB4]
    assert addresses(ask(names.inside, "www.example.org", server=LAN6)) == [WEB4, SECOND_WEB4]


def test_an_answer_without_a_life_is_not_kept(names, upstream):
    upstream.answers["short.example.org", "A"] = [rows("short.example.org", "A", WEB4, ttl=0)]
    for _ in range(2):
        assert addresses(ask(names.inside, "short.example.org")) == [WEB4]
    assert upstream.names().count("short.example.org") == 2


def test_that_there_is_nothing_is_kept_too(names, upstream):
    upstream.answers["four.example.org", "AAAA"] = []
    for _ in range(2):
        nothing = ask(names.inside, "four.example.org", "AAAA")
        assert (nothing.rcode(), nothing.answer) == (dns.rcode.NOERROR, [])
        assert ask(names.inside, "nobody.example.org").rcode() == dns.rcode.NXDOMAIN
    assert upstream.names().count("four.example.org") == 1
    assert upstream.names().count("nobody.example.org") == 1


def test_chains_go_through_as_they_are(names, upstream):
    chain = [rows("alias.example.org", "CNAME", "real.example.net."), rows("real.example.net", "A", WEB4)]
    upstream.answers["alias.example.org", "A"] = chain
    assert ask(names.inside, "alias.example.org").answer == chain


def test_each_question_goes_out_by_another_port_with_another_id(names, upstream):
    for number in range(20):
        ask(names.inside, f"port{number}.example.org")
    asked = [one for one in upstream.asked if one.name.startswith("port")]
    assert len({one.port for one in asked}) > 15
    assert len({one.id for one in asked}) > 15


def test_what_is_too_long_for_a_datagram_comes_by_tcp(names, upstream):
    many = [f"10.{number >> 8}.{number & 255}.1" for number in range(4000)]
    upstream.answers["many.example.org", "A"] = [rows("many.example.org", "A", *many)]
    cut = ask(names.inside, "many.example.org")
    assert cut.flags & dns.flags.TC and not cut.answer
    assert len(addresses(ask(names.inside, "many.example.org", tcp=True))) == 4000
    assert [one.transport for one in upstream.asked if one.name == "many.example.org"] == ["udp", "tcp"]
    plain = [f"192.0.2.{number}" for number in range(1, 41)]
    upstream.answers["some.example.org", "A"] = [rows("some.example.org", "A", *plain)]
    assert ask(names.inside, "some.example.org", use_edns=False).flags & dns.flags.TC
    assert len(addresses(ask(names.inside, "some.example.org", use_edns=0, payload=1232))) == 40


def test_signatures_go_through_and_nobody_says_that_they_are_good(names, upstream):
    signature = rows("signed.example.org", "RRSIG", "A 13 3 300 20300101000000 20200101000000 1 example.org. c2lnbmF0dXJl")

    def say(answer, question, _):
        answer.answer.append(rows("signed.example.org", "A", WEB4))
        if question.ednsflags & dns.flags.DO:
            answer.answer.append(signature)
    upstream.answers["signed.example.org", "A"] = say
    assert len(ask(names.inside, "signed.example.org").answer) == 1
    answer = ask(names.inside, "signed.example.org", want_dnssec=True)
    assert signature in answer.answer
    assert not answer.flags & dns.flags.AD and answer.ednsflags & dns.flags.DO


def test_that_an_upstream_says_so_is_told_to_who_wants_to_know(names, upstream):
    def say(answer, *_):
        answer.flags |= dns.flags.AD
        answer.answer.append(rows("good.example.org", "A", WEB4))
    upstream.answers["good.example.org", "A"] = say
    assert not ask(names.inside, "good.example.org").flags & dns.flags.AD
    assert ask(names.inside, "good.example.org", want_dnssec=True).flags & dns.flags.AD


def test_names_of_the_document_are_known_both_ways(names, upstream):
    assert dig(names.inside, "apache.podplay.local") == ["172.20.0.10"]
    assert dig(names.inside, "-x", "172.20.0.10") == ["apache.podplay.local."]
    assert dig(names.inside, "both.example.org", "AAAA") == ["2001:db8:10::2"]
    assert dig(names.inside, "-x", "2001:db8:10::2") == ["both.example.org."]
    assert dig(names.inside, "only.example.org") == ["192.168.10.9"]
    nothing = ask(names.inside, "apache.podplay.local", "AAAA")
    assert (nothing.rcode(), nothing.answer) == (dns.rcode.NOERROR, []) and nothing.authority
    assert not {"apache.podplay.local", "both.example.org", "only.example.org"} & set(upstream.names())
    shown = {(row["name"], row["origin"]) for row in names.gateway.show("names")}
    assert shown >= {("apache.podplay.local", "document"), ("shop.services.internal", "service")}


def test_names_of_services_are_known_and_asked_of_nobody(names, upstream):
    assert dig(names.inside, "shop.services.internal") == [WAN4]
    assert ask(names.inside, "services.internal").rcode() == dns.rcode.NOERROR
    assert ask(names.inside, "other.services.internal").rcode() == dns.rcode.NXDOMAIN
    assert ask(names.inside, "phone.home.endpoints.internal").rcode() == dns.rcode.NXDOMAIN
    assert not [name for name in upstream.names() if name.endswith("internal")]


def test_a_zone_that_is_not_served_has_no_answer(names):
    before = names.gateway.drops().get("policy", 0)
    sock = names.outside.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.sendto(dns.message.make_query("ready.example.org", "A").to_wire(), (WAN4, 53))
    eventually("it is dropped", lambda: names.gateway.drops().get("policy", 0) > before)


def test_what_is_no_question_is_refused(names):
    sock = names.inside.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((LAN4, 53))
    good = bytearray(dns.message.make_query("ready.example.org", "A").to_wire())

    def rcode_of(message):
        sock.send(bytes(message))
        return sock.recv(65535)[3] & 15
    loop = good[:12] + b"\xc0\x0c" + good[-4:]
    two = good.copy()
    two[5] = 2
    notify = good.copy()
    notify[2] |= 0x20
    assert [rcode_of(message) for message in (loop, two, notify, good[:14])] == [1, 1, 4, 1]
    assert ask(names.inside, "ready.example.org", "AXFR").rcode() == dns.rcode.REFUSED
    sock.send(good[:5])
    good[2] |= 0x80
    sock.send(bytes(good))   # an answer that nobody asked for
    assert addresses(ask(names.inside, "ready.example.org")) == [WEB4]


def test_who_guesses_is_not_heard(names, upstream):
    evil = "192.0.2.66"

    def lie(answer, question, send):
        wrong_id = dns.message.make_response(question)
        wrong_id.id ^= 1
        wrong_id.answer.append(rows("guessed.example.org", "A", evil))
        send(wrong_id.to_wire())
        other = dns.message.make_query("other.example.org", "A", id=question.id)
        wrong_name = dns.message.make_response(other)
        wrong_name.answer.append(rows("other.example.org", "A", evil))
        send(wrong_name.to_wire())
        wire = bytearray(dns.message.make_response(question).to_wire())
        wire[7] = 1
        send(bytes(wire) + b"\xc0" + bytes([len(wire)]) + b"\0\1\0\1\0\0\0\x3c\0\4\1\2\3\4")   # a name that is itself
        send(bytes(wire[:12]))
        answer.answer.append(rows("guessed.example.org", "A", WEB4))
    upstream.answers["guessed.example.org", "A"] = lie
    assert addresses(ask(names.inside, "guessed.example.org")) == [WEB4]
    assert addresses(ask(names.inside, "guessed.example.org")) == [WEB4]


def test_nor_is_who_sends_from_another_place(names, upstream):
    stranger = names.outside.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.bind((OTHER_OUTSIDE4, 53))

    def lie(answer, question, _):
        false = dns.message.make_response(question)
        false.answer.append(rows("spoofed.example.org", "A", "192.0.2.66"))
        stranger.sendto(false.to_wire(), (WAN4, upstream.asked[-1].port))
        answer.answer.append(rows("spoofed.example.org", "A", WEB4))
    upstream.answers["spoofed.example.org", "A"] = lie
    with stranger:
        assert addresses(ask(names.inside, "spoofed.example.org")) == [WEB4]


def test_another_upstream_answers_for_one_that_does_not(restored, upstream):
    silent = restored.outside.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind((OTHER_OUTSIDE4, 53))
    restored.gateway.apply(served(upstreams=(OTHER_OUTSIDE4, OUTSIDE4)))
    upstream.answers["second.example.org", "A"] = [rows("second.example.org", "A", WEB4)]
    eventually("the other one answers", lambda: dig(restored.inside, "second.example.org") == [WEB4])
    upstream.answers["third.example.org", "A"] = lambda answer, *_: answer.set_rcode(dns.rcode.SERVFAIL)
    assert ask(restored.inside, "third.example.org").rcode() == dns.rcode.SERVFAIL
    upstream.answers["fourth.example.org", "A"] = lambda *_: False
    assert ask(restored.inside, "fourth.example.org").rcode() == dns.rcode.SERVFAIL


def test_one_client_does_not_have_all_that_waits(names, upstream):
    upstream.answers.update({(f"slow{number}.example.org", "A"): lambda *_: False for number in range(MOST_WAITING + 1)})
    sock = names.inside.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((LAN4, 53))
    for number in range(MOST_WAITING):
        sock.send(dns.message.make_query(f"slow{number}.example.org", "A").to_wire())
        eventually("it was asked", lambda n=number: f"slow{n}.example.org" in upstream.names()[-3:])
    answer = over_datagram(sock, dns.message.make_query(f"slow{MOST_WAITING}.example.org", "A"))
    assert answer.rcode() == dns.rcode.SERVFAIL
    upstream.answers["prompt.example.org", "A"] = [rows("prompt.example.org", "A", WEB4)]
    assert addresses(ask(names.second, "prompt.example.org")) == [WEB4]


def test_nor_all_connections(names):
    held = []
    for _ in range(MOST_STREAMS):
        sock = names.inside.socket()
        sock.connect((LAN4, 53))
        assert over_stream(sock, dns.message.make_query("ready.example.org", "A"))
        held.append(sock)
    more = names.inside.socket()
    more.connect((LAN4, 53))
    more.settimeout(patience(5))
    assert more.recv(1) == b"", "it was closed"
    assert addresses(ask(names.second, "ready.example.org", tcp=True)) == [WEB4]
    held.pop().close()
    eventually("there is room again", lambda: is_served(names.inside))


def is_served(host):
    try:
        return addresses(ask(host, "ready.example.org", tcp=True)) == [WEB4]
    except (OSError, dns.exception.DNSException):
        return False


def test_what_is_asked_is_counted_by_zone(names):
    def counted(what):
        text = names.gateway.run("curl", "-sSf", "--unix-socket", names.gateway.socket_path, "http://sluice/metrics").stdout
        [line] = [row for row in text.splitlines() if row.startswith(f'sluice_dns_{what}_total{{zone="lan"}}')]
        return int(float(line.split()[-1]))
    ask(names.inside, "ready.example.org")
    eventually("it was told", lambda: counted("queries") > 0)
    before = counted("queries"), counted("cached")
    ask(names.inside, "ready.example.org")
    eventually("both have risen", lambda: counted("queries") > before[0] and counted("cached") > before[1])


def test_who_resolves_is_started_again(names, upstream):
    child = child_of(names.gateway)
    os.kill(child, signal.SIGKILL)
    eventually("another one serves", lambda: child_of(names.gateway) not in (None, child) and
               dig(names.inside, "ready.example.org") == [WEB4])
    child = child_of(names.gateway)
    names.gateway.daemon.kill()
    eventually("it ended with the daemon", lambda: is_gone(child) and dig(names.inside, "apache.podplay.local") == [])
    names.gateway.start_daemon()
    eventually("the next one serves", lambda: dig(names.inside, "ready.example.org") == [WEB4])


def test_it_has_no_right_but_one(names):
    status = Path(f"/proc/{child_of(names.gateway)}/status").read_text(encoding="ascii")
    rights = {line.split(":")[0]: line.split()[1] for line in status.splitlines() if line.startswith(("Cap", "Uid"))}
    assert int(rights["CapEff"], 16) == int(rights["CapPrm"], 16) == 1 << 10, "CAP_NET_BIND_SERVICE"
    assert rights["Uid"] != "0"


def test_somebody_elses_server_is_told_and_waited_for(restored):
    restored.gateway.apply(documents.home("tc"))
    eventually("nobody is served", lambda: child_of(restored.gateway) is None)
    other = restored.gateway.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind(("0.0.0.0", 53))
    restored.gateway.apply(served())

    def troubles():
        return [text for text in restored.gateway.json("status")["degraded"] if "listen on 192.168.10.1:53" in text]
    eventually("it is told", troubles)
    other.close()
    eventually("it serves", lambda: dig(restored.inside, "apache.podplay.local") == ["172.20.0.10"])
    eventually("nothing is told any more", lambda: not troubles())


def test_tenants_with_the_same_addresses_are_told_different_names(own_lab):
    lab = TenantsLab(own_lab, ["red", "blue"])
    document = lab.document()
    document["resolver"] = {"upstreams": ["203.0.113.9"]}
    document["zones"] = {"red": {"names": {"db.example.org": "10.0.0.5"}}, "blue": {"names": {"db.example.org": "10.0.0.6"}}}
    document["policies"].append(policy("dns", ["red", "blue"], "host", protocol=["udp", "tcp"], ports=53))
    upstream = Upstream(lab.outside, "203.0.113.9")
    upstream.answers["www.example.org", "A"] = [rows("www.example.org", "A", WEB4)]
    lab.gateway.start_daemon()
    lab.gateway.apply(document)
    red, blue = lab.tenants["red"], lab.tenants["blue"]
    for host, address in ((red, "10.0.0.5"), (blue, "10.0.0.6")):
        eventually("it is told", lambda h=host, a=address: dig(h, "db.example.org", server=TENANT_GATEWAY4) == [a])
        assert dig(host, "+tcp", "db.example.org", server=TENANT_GATEWAY4) == [address]
        assert dig(host, "www.example.org", server=TENANT_GATEWAY4) == [WEB4]
    assert dig(red, "-x", TENANT4, server=TENANT_GATEWAY4) == ["db.example.org."]
