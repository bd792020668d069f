# SPDX-License-Identifier: GPL-2.0-or-later
"""A revision is confirmed, or takes itself back, whatever becomes of the daemon meanwhile."""

import json

import pytest
from documents import policy
from lab import Lab, clients, eventually, past, servers, stays
from lab.download import Download
from lab.pace import patience
from lost_site import CONFLICT, INSIDE4, LAN4, OUTSIDE4, WAN4, boot
from revision_site import (FAILED, INVALID, LONG, ROLLED_BACK, USAGE, another_boot, apply, deadline, history, is_back,
                           let_it_pass, make_site, revision, waits)

WITHIN = f"{patience(3):.0f}s"   # somebody has to look before


@pytest.fixture
def site():
    with Lab("tc") as lab:
        yield make_site(lab)


def test_what_is_confirmed_in_time_stays(site):
    done = apply(site, 81, confirm=WITHIN)
    until = deadline(site)
    assert "revision 2 is taken back at 20" in done.stderr
    assert waits(site)["revision"] == 2 and "confirm" in site.gateway.sluice("status").stdout
    site.gateway.sluice("confirm", "--why", "the shop works")
    assert waits(site) is None
    past(until)
    assert revision(site) == 2 and site.forward_works(81)
    newest = site.gateway.json("history")["history"][0]
    assert (newest["result"], newest["result_why"]) == ("confirmed", "the shop works")
    done = site.gateway.sluice("confirm", expect=FAILED)
    assert "no revision waits" in done.stderr


def test_what_nobody_confirms_takes_itself_back(site):
    answer = json.loads(site.gateway.sluice("apply", site.gateway.write(site.document(ports=81)), "--confirm", WITHIN,
                                            "-o", "json").stdout)
    assert answer["revision"] == 2 and answer["deadline"].endswith("Z")
    assert site.forward_works(81)
    assert is_back(site)
    assert history(site) == {2: "rolled-back", 1: "applied"}
    assert f"not confirmed within {WITHIN}" in site.gateway.daemon.output()
    told = site.gateway.json("status")["rolled_back"]
    assert (told["revision"], told["who"]) == (2, "sluiced")
    site.gateway.sluice("plan", "--exit-code", site.gateway.write(site.document()))
    assert site.gateway.json("diff", "1", "running") == []
    site.gateway.sluice("confirm", expect=FAILED)


def test_a_document_that_cuts_its_operator_off_undoes_itself(site):
    servers.tcp_peer_server(site.gateway, 22)
    open_to = {"policies": [policy("lan-out", "lan", "internet"),
                            policy("manage", "internet", "host", protocol="tcp", ports=22)]}
    apply(site, 80, **open_to)
    assert clients.tcp_peer(site.outside, WAN4, 22).address == OUTSIDE4
    apply(site, 80, confirm="4s")
    assert clients.tcp_outcome(site.outside, WAN4, 22) == "silence"
    eventually("the operator is let in again", lambda: clients.tcp_outcome(site.outside, WAN4, 22) != "silence", within=20)
    assert clients.tcp_peer(site.outside, WAN4, 22).address == OUTSIDE4 and revision(site) == 2


def test_the_first_document_undoes_itself_too(site):
    site.gateway.cleanup()
    servers.tcp_peer_server(site.gateway, 22)
    site.gateway.run("ip", "address", "add", f"{WAN4}/24", "dev", "wan")
    site.gateway.start_daemon()
    apply(site, 80, confirm="4s")
    assert clients.tcp_outcome(site.outside, WAN4, 22) == "silence"
    eventually("the operator is let in again", lambda: clients.tcp_outcome(site.outside, WAN4, 22) != "silence", within=20)
    assert waits(site) is None and history(site) == {2: "rolled-back", 1: "applied"}


def test_flows_that_both_allow_live_through_it(engine):
    with Lab("tc") as lab:
        site = make_site(lab, engine)
        servers.endless_server(site.outside, 9000)
        download = Download(site.inside, OUTSIDE4, 9000)
        session = site.session()
        assert download.goes_on()
        apply(site, 81, confirm="3s")
        assert download.goes_on() and session.says("unconfirmed")
        assert is_back(site)
        assert download.goes_on() and session.says("back")
        other = "nftables" if engine == "ebpf" else "ebpf"
        apply(site, 81, confirm=f"{patience(4):.0f}s", engine=other)
        assert site.gateway.json("status")["engine"] == other and download.goes_on()
        assert is_back(site)
        assert site.gateway.json("status")["engine"] == engine
        assert download.goes_on() and session.says("and back again")


def test_the_deadline_holds_over_kill_nine(site):
    apply(site, 81, confirm=WITHIN)
    before = waits(site)
    site.restart()
    assert before["revision"] == 2 and waits(site) == before and site.forward_works(81)
    assert is_back(site)
    assert history(site)[2] == "rolled-back"


def test_a_deadline_that_passed_meanwhile_counts_at_the_start(site):
    session = site.session()
    apply(site, 81, confirm=LONG)
    site.restart(damage=lambda: let_it_pass(site))
    assert is_back(site) and session.says("still here")


def test_after_a_boot_the_settled_one_comes_first(site):
    apply(site, 81, confirm=LONG)
    daemon = boot(site, spoilt=another_boot(left=-1))
    assert "revision 1 is in force" in daemon.output() and "revision 2 is in force" not in daemon.output()
    assert is_back(site) and history(site)[2] == "rolled-back"


def test_after_a_boot_what_was_left_is_left(site):
    apply(site, 81, confirm=LONG)
    daemon = boot(site, spoilt=another_boot(left=patience(5)))
    assert "revision 2 is in force" in daemon.output() and waits(site)["revision"] == 2
    assert is_back(site)


def test_what_was_not_confirmed_is_better_than_nothing_at_a_boot(site):
    impossible = site.document(lan={"zone": "lan", "addresses": [f"{LAN4}/24", "2001:db8:77::1/48"]})
    site.gateway.cleanup()
    site.gateway.start_daemon()
    site.gateway.apply(impossible)
    apply(site, 81, confirm=LONG)
    boot(site, CONFLICT, spoilt=another_boot(left=-1))
    assert revision(site) == 2 and site.forward_works(81)
    eventually("that is told", lambda: any("was not confirmed" in text for text in site.gateway.json("status")["degraded"]))
    assert waits(site)["revision"] == 2
    site.gateway.sluice("confirm")
    assert waits(site) is None and site.state() == "running"


def test_a_second_one_begins_anew_and_goes_back_to_what_is_settled(site):
    apply(site, 81, confirm="3s")
    first = deadline(site)
    apply(site, 82, confirm="5s")
    assert waits(site)["revision"] == 3 and deadline(site) > first
    past(first)
    assert revision(site) == 3 and site.forward_works(82)
    assert is_back(site)
    assert history(site) == {3: "rolled-back", 2: "rolled-back", 1: "applied"}


def test_the_same_document_again_begins_anew(site):
    apply(site, 81, confirm="3s")
    first = deadline(site)
    apply(site, 81, confirm="5s")
    assert waits(site)["revision"] == 2
    past(first)
    assert revision(site) == 2
    assert is_back(site)


def test_any_other_apply_settles(site):
    apply(site, 81, confirm="3s")
    until = deadline(site)
    site.gateway.sluice("forward", "add", "extra", "--listen", WAN4, "--ports", "90", "--to", f"{INSIDE4}:8080")
    assert waits(site) is None
    past(until)
    assert revision(site) == 3 and site.forward_works(90) and site.forward_works(81)
    apply(site, 82, confirm="3s")
    until = deadline(site)
    apply(site, 82)
    assert waits(site) is None and history(site)[4] == "confirmed"
    past(until)
    assert site.forward_works(82)


def test_what_is_refused_settles_nothing(site):
    apply(site, 81, confirm="5s")
    before = waits(site)
    site.gateway.apply(site.document(wan={"zone": "internet", "addresses": ["nonsense"]}), expect=INVALID)
    assert waits(site) == before and history(site) == {2: "applied", 1: "applied"}
    apply(site, 83, confirm="1h30x", expect=USAGE)
    assert waits(site) == before
    site.gateway.run(*CONFLICT)
    failing = site.document(ports=83, lan={"zone": "lan", "addresses": [f"{LAN4}/24", "2001:db8:77::1/48"]})
    site.gateway.sluice("apply", site.gateway.write(failing), "--confirm", LONG, expect=None)
    assert waits(site) == before and history(site)[3] == "failed"
    assert is_back(site)


def test_a_failed_apply_leaves_nothing_armed(site):
    site.gateway.run(*CONFLICT)
    failing = site.document(ports=83, lan={"zone": "lan", "addresses": [f"{LAN4}/24", "2001:db8:77::1/48"]})
    done = site.gateway.sluice("apply", site.gateway.write(failing), "--confirm", "1s", expect=None)
    assert done.returncode in (FAILED, ROLLED_BACK)
    assert waits(site) is None and revision(site) == 1 and history(site) == {2: "failed", 1: "applied"}
    stays("nothing is taken back", lambda: revision(site) == 1 and site.forward_works(80), seconds=1.5)
    newest = site.gateway.json("history")["history"][0]
    assert newest["result_why"] and not newest["in_force"]
    site.restart()
    assert revision(site) == 1


@pytest.mark.parametrize("text", ["", "0", "0s", "1h30x", "25h", "soon"])
def test_a_time_that_is_none_is_one_clear_error(site, text):
    done = apply(site, 81, confirm=text or " ", expect=USAGE)
    assert "--confirm" in done.stderr and len(done.stderr.splitlines()) == 1
    assert revision(site) == 1
