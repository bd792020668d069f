# SPDX-License-Identifier: GPL-2.0-or-later
"""The gateway's resolver: what it forwards, keeps and knows itself, and who is served."""

import os
import signal
import socket

import dns.flags
import dns.message
import dns.rcode
import documents
import resolver_site
from lab import eventually
from lab.dns_client import addresses, ask, dig
from lab.dns_upstream import Upstream, rows
from lab.documents import policy
from lab.helper_process import is_gone, process_of, status_of
from lab.home import LAN6, WAN4
from lab.tenants import TENANT4, TENANT_GATEWAY4, TenantsLab
from resolver_site import SECOND_WEB4, WEB4, served

hook, document = resolver_site.hook, resolver_site.document
upstream, names = resolver_site.upstream, resolver_site.names


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
    child = process_of(names.gateway, "resolver")
    os.kill(child, signal.SIGKILL)
    eventually("another one serves", lambda: process_of(names.gateway, "resolver") not in (None, child) and
               dig(names.inside, "ready.example.org") == [WEB4])
    child = process_of(names.gateway, "resolver")
    names.gateway.daemon.kill()
    eventually("it ended with the daemon", lambda: is_gone(child) and dig(names.inside, "apache.podplay.local") == [])
    names.gateway.start_daemon()
    eventually("the next one serves", lambda: dig(names.inside, "ready.example.org") == [WEB4])


def test_it_has_no_right_but_one(names):
    status = status_of(process_of(names.gateway, "resolver"))
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 1 << 10, "CAP_NET_BIND_SERVICE"
    assert "0" not in status["Uid"].split()


def test_somebody_elses_server_is_told_and_waited_for(restored):
    restored.gateway.apply(documents.home("tc"))
    eventually("nobody is served", lambda: process_of(restored.gateway, "resolver") is None)
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
