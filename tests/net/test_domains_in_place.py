# SPDX-License-Identifier: GPL-2.0-or-later
"""An address that a name opens is put into the rules in force: nothing else of them changes, and whoever looks at them later finds it there."""

import contextlib
import json

import domains_site
import pytest
from domains_site import DOMAINS, OTHERS, PORT, named, opened, reaches, say
from lab import eventually, servers
from lab.dns_client import addresses, ask, dig
from lab.documents import policy
from lab.home import INSIDE4
from lab.kill_points import KillPoints

lab, document, site, again = domains_site.lab, domains_site.document, domains_site.site, domains_site.again

OTHER = 8444
KILLS = 4
ROOM = 16_384   # addresses of a policy


def looks_up(site, name, *values, ttl=300):
    say(site, name, "A", *values, ttl=ttl)
    assert addresses(ask(site.inside, name)) == [*values]


def generation(site, engine):
    """By which rules flows were judged: another number as soon as others are put in force."""
    if engine == "nftables":
        listed = json.loads(site.gateway.run("nft", "-j", "list", "set", "inet", "sluice", "identity", quiet=True).stdout)
        return listed["nftables"][1]["set"]["elem"][0]["elem"]["val"]
    dumped = json.loads(site.gateway.run("bpftool", "-j", "map", "dump", "pinned", site.gateway.pins / "config", quiet=True).stdout)
    return dumped[0]["formatted"]["value"]["version"] >> 16


def may_reach(site, address):
    """Asked without a flow, which would keep the address open."""
    told = site.gateway.json("explain", "--in", "lan", "--protocol", "tcp", "--source", f"{INSIDE4}:5000", "--destination",
                             f"{address}:{PORT}")
    return told["verdict"] == "forwarded"


def steps_left(site):
    text = site.gateway.write(json.loads(site.gateway.sluice("export").stdout))
    return [step["text"] for step in site.gateway.json("plan", text)["steps"]]


def brief(engine):
    """Addresses are closed soon."""
    return named(engine, DOMAINS, grace="1s")


def test_nothing_else_changes_with_it(site, engine):
    before = generation(site, engine)
    for number in range(3):
        looks_up(site, f"quick{number}.example.org", OTHERS[number])
        assert reaches(site.inside, OTHERS[number])
    assert generation(site, engine) == before
    assert steps_left(site) == []
    assert site.gateway.json("status")["degraded"] == []


def test_it_is_closed_in_the_same_way(again, engine):
    again.gateway.apply(brief(engine))
    looks_up(again, "stays.example.org", OTHERS[3])
    before = generation(again, engine)
    looks_up(again, "goes.example.org", OTHERS[4], ttl=0)
    assert may_reach(again, OTHERS[4])
    eventually("it is closed", lambda: OTHERS[4] not in opened(again))
    assert not reaches(again.inside, OTHERS[4]) and reaches(again.inside, OTHERS[3])
    assert generation(again, engine) == before
    assert steps_left(again) == []


def test_it_is_in_rules_that_come_later(again, engine, document):
    looks_up(again, "lasting.example.org", OTHERS[5])
    before = generation(again, engine)
    made = json.loads(json.dumps(document))
    made["policies"].insert(0, policy("first", "lan", "internet", destination="192.0.2.99", protocol="tcp", ports=1))
    again.gateway.apply(made)
    assert generation(again, engine) != before
    assert reaches(again.inside, OTHERS[5])
    looks_up(again, "later.example.org", OTHERS[6])
    again.gateway.sluice("rollback")
    assert reaches(again.inside, OTHERS[5]) and reaches(again.inside, OTHERS[6])
    assert steps_left(again) == []


def test_a_new_daemon_goes_on_with_it(site, engine):
    looks_up(site, "before.example.org", OTHERS[7])
    before = generation(site, engine)
    site.gateway.stop_daemon()
    site.gateway.start_daemon()
    eventually("names are resolved again", lambda: dig(site.inside, "own.example.org"))
    looks_up(site, "after.example.org", OTHERS[8])
    assert reaches(site.inside, OTHERS[7]) and reaches(site.inside, OTHERS[8])
    assert generation(site, engine) == before
    assert steps_left(site) == []


def test_policies_share_addresses_and_each_has_its_own(again, engine):
    servers.tcp_peer_server(again.far, OTHER)
    made = brief(engine)
    made["policies"][:1] = [
        policy("exact", "lan", "internet", destination=OTHERS[9], protocol="tcp", ports=OTHER),
        policy("around", "lan", "internet", destination="198.51.100.96/28", protocol="udp", ports=9),
        policy("one", "lan", "internet", domains="*.example.org", protocol="tcp", ports=PORT),
        policy("two", "lan", "internet", domains=["shared.example.org", "*.example.net"], protocol="tcp", ports=OTHER)]
    again.gateway.apply(made)
    looks_up(again, "mine.example.org", OTHERS[10])
    assert reaches(again.inside, OTHERS[10]) and not reaches(again.inside, OTHERS[10], OTHER)
    looks_up(again, "its.example.net", OTHERS[10])
    assert reaches(again.inside, OTHERS[10], OTHER)
    looks_up(again, "shared.example.org", OTHERS[11])
    assert reaches(again.inside, OTHERS[11]) and reaches(again.inside, OTHERS[11], OTHER)
    assert reaches(again.inside, OTHERS[9], OTHER), "the document says that, whatever names do"
    looks_up(again, "exact.example.org", OTHERS[9], ttl=0)
    assert may_reach(again, OTHERS[9])
    eventually("it is closed", lambda: OTHERS[9] not in opened(again, "one"))
    assert not reaches(again.inside, OTHERS[9])
    assert reaches(again.inside, OTHERS[9], OTHER), "what the document says is left"
    assert steps_left(again) == []


def test_a_kill_at_any_moment_leaves_it_open_or_not(site):
    points, met = KillPoints(site.gateway), 0
    for at in range(1, KILLS + 1):
        name, address = f"killed{at}.example.org", OTHERS[12 + at]
        say(site, name, "A", address)
        watched, words = points.launcher(at)
        watcher = site.gateway.start(*words, site.gateway.daemon.pid)
        watched.begins()
        with contextlib.suppress(OSError):
            ask(site.inside, name)
        watcher.terminate()
        if not watched.killed_before():
            continue
        met += 1
        site.gateway.daemon.wait()
        site.gateway.start_daemon()
        assert reaches(site.inside, address) == (address in opened(site)), watched.killed_before()
        assert steps_left(site) == []
        eventually("names are resolved again", lambda: dig(site.inside, "own.example.org"))
        assert addresses(ask(site.inside, name)) == [address]
        assert reaches(site.inside, address)
    assert met >= 2


def test_somebody_who_takes_it_out_by_hand_gets_it_back(site, engine):
    if engine == "ebpf":
        pytest.skip("nobody changes pinned tables by hand")
    looks_up(site, "taken.example.org", OTHERS[20])
    site.gateway.run("nft", "flush", "set", "inet", "sluice", "opened4_1")
    eventually("it is back", lambda: reaches(site.inside, OTHERS[20]))
    looks_up(site, "then.example.org", OTHERS[21])
    assert reaches(site.inside, OTHERS[21])


def test_a_policy_that_is_full_opens_no_more(again, engine):
    before = len(opened(again))
    each = 3800
    for part in range(ROOM // each + 1):
        many = [f"203.{part}.{number // 256}.{number % 256}" for number in range(each)]
        say(again, f"many{part}.example.org", "A", *many)
        assert len(addresses(ask(again.inside, f"many{part}.example.org", tcp=True))) == each
    assert before < len(opened(again)) == ROOM
    looks_up(again, "late.example.org", OTHERS[22])
    assert not reaches(again.inside, OTHERS[22])
    assert steps_left(again) == []
    again.gateway.apply(named(engine, ["only.example.net"]))
    again.gateway.apply(named(engine, DOMAINS))
    looks_up(again, "late.example.org", OTHERS[22])
