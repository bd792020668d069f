# SPDX-License-Identifier: GPL-2.0-or-later
"""What clients and strangers can do to the gateway's resolver."""

import socket

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import resolver_site
from lab import eventually
from lab.dns_client import addresses, ask, dig, over_datagram, over_stream, receive
from lab.dns_upstream import rows
from lab.documents import policy
from lab.home import LAN4, OTHER_OUTSIDE4, OUTSIDE4, WAN4
from lab.pace import patience
from resolver_site import WEB4, served

MOST_WAITING, MOST_STREAMS = 256, 8
MANY = [f"198.51.{network}.{number}" for network in range(19) for number in range(1, 201)]
LONG_AT_ONCE = (1 << 20) // (16 * len(MANY))   # of a client's share; at least

hook, document = resolver_site.hook, resolver_site.document
upstream, names = resolver_site.upstream, resolver_site.names


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


def guarded():
    """Addresses inside are taken out of what others answer."""
    made = served()
    made["policies"].insert(0, policy("named", "lan", "internet", domains=["*.example.net"]))
    return made


def say_much(upstream, name):
    """An answer that fills a message, at the end of a chain."""
    chain = [rows(f"{number}.{name}", "CNAME", f"{number + 1}.{name}.") for number in range(15)]
    upstream.answers[f"0.{name}", "A"] = [*chain, rows(f"15.{name}", "A", *MANY)]


def test_nor_all_of_the_time_by_a_long_answer(restored, upstream):
    restored.gateway.apply(guarded())
    say_much(upstream, "long.example.com")
    assert addresses(ask(restored.inside, "0.long.example.com", tcp=True)) == sorted(MANY)
    assert ask(restored.inside, "0.long.example.com").flags & dns.flags.TC
    question = dns.message.make_query("0.long.example.com", "A").to_wire()
    with restored.inside.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, \
            restored.second.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        sock.connect((LAN4, 53))
        other.connect((LAN4, 53))
        other.settimeout(patience(0.3))   # the others' questions would take seconds
        for _ in range(200):
            sock.send(question)
        assert addresses(over_datagram(other, dns.message.make_query("ready.example.org", "A"))) == [WEB4]


def test_nor_by_many_long_ones(names, upstream):
    hosts = [f"much{number}.example.com" for number in range(10, 10 + 3 * LONG_AT_ONCE)]
    long_answer = quickly_long(upstream, hosts[0])
    upstream.answers.update({(host, "A"): long_answer for host in hosts})
    with names.inside.socket() as stream:
        stream.connect((LAN4, 53))
        rcodes = [rcode_by(stream, host) for host in hosts]
        assert rcodes[0] == dns.rcode.NOERROR
        assert dns.rcode.SERVFAIL in rcodes[1:]
    upstream.answers["short.example.com", "A"] = [rows("short.example.com", "A", WEB4)]
    assert addresses(ask(names.inside, "short.example.com")) == [WEB4], "what is short costs him nothing"
    upstream.answers["other.example.com", "A"] = [rows("other.example.com", "A", *MANY)]
    assert len(addresses(ask(names.second, "other.example.com", tcp=True))) == len(MANY)


def quickly_long(upstream, name):
    """Long answers to names that are as long as this one, put together once."""
    model = dns.message.make_response(dns.message.make_query(name, "A"), recursion_available=True)
    model.answer.append(rows(name, "A", *MANY))
    wire, end = model.to_wire(max_size=65535), 12 + len(name) + 6

    def say(answer, question, send):
        if upstream.asked[-1].transport == "tcp":
            asked = question.to_wire()
            send(asked[:2] + wire[2:12] + asked[12:end] + wire[end:])
            return False
        answer.flags |= dns.flags.TC
        return True
    return say


def rcode_by(stream, name):
    """Without a look at the rest, which takes its time."""
    question = dns.message.make_query(name, "A").to_wire()
    stream.sendall(len(question).to_bytes(2, "big") + question)
    return receive(stream, int.from_bytes(receive(stream, 2), "big"))[3] & 15


def is_served(host):
    try:
        return addresses(ask(host, "ready.example.org", tcp=True)) == [WEB4]
    except (OSError, dns.exception.DNSException):
        return False
