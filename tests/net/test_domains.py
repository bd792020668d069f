# SPDX-License-Identifier: GPL-2.0-or-later
"""Policies by domain: a host may go where the names lead that it has looked up, and nowhere else."""

import domains_site
from domains_site import DOMAINS, OTHERS, PORT, named, opened, reaches, say
from lab import eventually
from lab.dns_client import addresses, ask, dig
from lab.dns_upstream import rows
from lab.documents import policy
from lab.home import FAR4, FAR6, INSIDE4, LAN4, LAN6, WAN4

lab, document, site, again = domains_site.lab, domains_site.document, domains_site.site, domains_site.again


def test_an_address_is_open_when_its_name_has_been_answered(site):
    say(site, "www.example.org", "A", FAR4)
    say(site, "www.example.org", "AAAA", FAR6)
    assert not reaches(site.inside, FAR4) and not reaches(site.inside, FAR6)
    assert addresses(ask(site.inside, "WWW.example.org")) == [FAR4]
    assert reaches(site.inside, FAR4), "at once: the answer was held back until then"
    assert not reaches(site.inside, FAR6)
    assert addresses(ask(site.inside, "www.example.org", "AAAA")) == [FAR6]
    assert reaches(site.inside, FAR6)
    assert {FAR4, FAR6} <= opened(site)


def test_a_name_that_no_policy_means_opens_nothing(site):
    for number, name in enumerate(("example.org", "www.example.com", "badexample.org", "sub.only.example.net")):
        say(site, name, "A", OTHERS[number])
        assert addresses(ask(site.inside, name)) == [OTHERS[number]]
        assert not reaches(site.inside, OTHERS[number]), name
    say(site, "only.example.net", "A", OTHERS[4])
    assert addresses(ask(site.inside, "only.example.net", tcp=True)) == [OTHERS[4]]
    assert reaches(site.inside, OTHERS[4])


def test_the_name_that_was_asked_for_counts_and_its_chain_is_followed(site):
    site.upstream.answers["alias.example.org", "A"] = [
        rows("alias.example.org", "CNAME", "one.cdn.example."), rows("one.cdn.example", "CNAME", "two.cdn.example."),
        rows("two.cdn.example", "A", OTHERS[5]), rows("stray.cdn.example", "A", OTHERS[6])]
    ask(site.inside, "alias.example.org")
    assert reaches(site.inside, OTHERS[5])
    assert not reaches(site.inside, OTHERS[6])
    site.upstream.answers["alias.example.com", "A"] = [
        rows("alias.example.com", "CNAME", "real.example.org."), rows("real.example.org", "A", OTHERS[7])]
    assert addresses(ask(site.inside, "alias.example.com")) == [OTHERS[7]]
    assert not reaches(site.inside, OTHERS[7])


def test_an_answer_that_leads_inside_is_none(site):
    inside = [INSIDE4, "10.1.2.3", "127.0.0.1", "169.254.169.254", "224.0.0.1", "100.64.0.1", "0.0.0.0", WAN4]
    say(site, "evil.example.org", "A", *inside, OTHERS[8])
    assert addresses(ask(site.inside, "evil.example.org")) == [OTHERS[8]]
    say(site, "evil6.example.org", "AAAA", "::1", "fe80::1", "fd00::1", "::ffff:10.1.2.3", "64:ff9b::a01:203", LAN6)
    assert ask(site.inside, "evil6.example.org", "AAAA").answer == []
    assert not opened(site) & set(inside)
    assert dig(site.inside, "own.example.org") == ["192.168.10.5"], "a name of the document may"


def test_nor_does_a_hint_of_a_service_lead_inside(site):
    for kind in ("HTTPS", "SVCB"):
        say(site, "evil.example.org", kind, f"1 . alpn=h2 ipv4hint={OTHERS[8]},{INSIDE4}", "2 . ipv6hint=fd00::1",
            f"3 . ipv4hint={WAN4}", f"4 . alpn=h3 ipv4hint={OTHERS[8]} ipv6hint={FAR6}", "5 other.example.")
        [told] = ask(site.inside, "evil.example.org", kind).answer
        assert sorted(row.priority for row in told) == [4, 5]


def test_a_name_may_have_very_many_addresses(site):
    many = [f"203.0.{112 + number // 256}.{number % 256}" for number in range(4096) if number // 256 != 1]
    say(site, "many.example.org", "A", *many)
    assert len(addresses(ask(site.inside, "many.example.org", tcp=True))) == len(many)
    assert set(many) <= opened(site)


def test_a_flow_outlives_its_address(again, engine):
    again.gateway.apply(named(engine, DOMAINS, grace="1s"))
    say(again, "brief.example.org", "A", OTHERS[9], ttl=0)
    say(again, "gone.example.org", "A", OTHERS[10], ttl=0)
    ask(again.inside, "gone.example.org")
    ask(again.inside, "brief.example.org")
    stream = again.inside.socket()
    stream.connect((OTHERS[9], PORT))
    assert stream.recv(64)
    eventually("the other address is closed", lambda: OTHERS[10] not in opened(again))
    assert not reaches(again.inside, OTHERS[10])
    stream.sendall(b"still here")
    assert stream.recv(64) == b"still here"


def test_what_is_open_outlives_the_daemon_and_a_kill(site):
    say(site, "kept.example.org", "A", OTHERS[11])
    ask(site.inside, "kept.example.org")
    site.gateway.daemon.kill()
    assert reaches(site.inside, OTHERS[11]), "while nobody is there"
    site.gateway.start_daemon()
    assert reaches(site.inside, OTHERS[11]) and OTHERS[11] in opened(site)
    site.gateway.stop_daemon()
    site.gateway.start_daemon()
    assert reaches(site.inside, OTHERS[11])
    eventually("names are resolved again", lambda: dig(site.inside, "own.example.org"))


def test_what_a_policy_means_no_more_is_closed(again, engine):
    say(again, "left.example.org", "A", OTHERS[12])
    ask(again.inside, "left.example.org")
    assert reaches(again.inside, OTHERS[12])
    again.gateway.apply(named(engine, ["only.example.net"]))
    assert not reaches(again.inside, OTHERS[12])


def test_another_policy_wants_look_ups_of_its_own(again, engine):
    say(again, "other.example.org", "A", OTHERS[14])
    ask(again.inside, "other.example.org")
    document = named(engine, DOMAINS)
    document["policies"][0]["name"] = "renamed"
    again.gateway.apply(document)
    assert not reaches(again.inside, OTHERS[14])
    ask(again.inside, "other.example.org")   # which the resolver has kept
    assert reaches(again.inside, OTHERS[14])


def test_it_is_open_for_the_zone_that_asked_alone(again, engine):
    document = named(engine, DOMAINS)
    document["policies"].insert(1, policy("others", "internet", "lan", domains=DOMAINS))
    again.gateway.apply(document)
    say(again, "mine.example.org", "A", OTHERS[13])
    ask(again.inside, "mine.example.org")
    shown = {row["origin"] for row in again.gateway.show("names") if row["address"] == OTHERS[13]}
    assert shown == {"policy named"}
    told = again.gateway.json("explain", "--in", "lan", "--protocol", "tcp", "--source", f"{INSIDE4}:5000",
                              "--destination", f"{OTHERS[13]}:{PORT}")
    assert (told["verdict"], told["policy"]) == ("forwarded", "named")


def test_look_ups_at_once_are_all_open_when_they_are_answered(site):
    names = [f"at-once{number}.example.org" for number in range(20)]
    for number, name in enumerate(names):
        say(site, name, "A", OTHERS[number])
    script = " & ".join(f"dig +short @{LAN4} {name}" for name in names) + " & wait"
    site.inside.run("/bin/sh", "-c", script)
    assert all(reaches(site.inside, OTHERS[number]) for number in range(len(names)))
