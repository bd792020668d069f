# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 of the daemon before each of its changes of the kernel or of the store: the old document or the new one is in force then,
and nothing of a third; flows that both allow live, and what networks were given is theirs still.

Each run takes some of the points, always the same ones (lab/kill_points.py says how to take more, or all).
"""

import pytest
from kill_site import OTHERS, KillSite, Tally, assert_same
from lab import Lab, eventually
from lab.kill_points import KillPoints, chosen

APPLIES = 8   # points of each of the two changes
OTHER = {"first": "second", "second": "first"}


@pytest.fixture(scope="module")
def site(engine):
    with Lab("tc") as lab:
        made = KillSite(lab, engine)
        made.gateway.start_daemon()
        yield made


@pytest.fixture(scope="module")
def points(site):
    return KillPoints(site.gateway)


@pytest.fixture(scope="module")
def looks(site):
    """What the machine looks like under each document, made of the other one."""
    site.gateway.sluice("apply", site.files["second"])
    site.gateway.sluice("apply", site.files["first"])
    site.open_flows()
    seen = {}
    for name in ("second", "first"):
        site.gateway.sluice("apply", site.files[name])
        seen[name] = site.looks()
    return seen


def in_force(site):
    """The name of the only document of which nothing is left to do."""
    left = {name: site.gateway.sluice("plan", "--exit-code", file, expect=None).returncode for name, file in site.files.items()}
    done = [name for name, status in left.items() if status == 0]
    assert len(done) == 1, left
    return done[0]


def is_one_of_both(site, looks, word):
    """After a kill: also before a daemon runs again, what both allow goes on."""
    assert site.flows_live(f"nobody there, {word}")
    site.gateway.start_daemon()
    status = site.gateway.json("status")
    assert (status["state"], status["degraded"]) == ("running", [])
    name = in_force(site)
    eventually(f"the machine is that of {name}", lambda: assert_same(looks[name], site.looks()))
    assert site.flows_live(f"somebody there, {word}")
    return name


def test_within_an_apply(site, points, looks):
    waiting = {}
    for name in ("second", "first"):
        counted, _ = points.within(0, "apply", site.files[name])
        waiting[name] = chosen(sum(counted.changes().values()), APPLIES)
    tally, now = Tally(site), "first"
    while any(waiting.values()):
        target = OTHER[now]
        if not waiting[target]:
            site.gateway.sluice("apply", site.files[target])
            now = target
            continue
        at = waiting[target].pop(0)
        watched, status = points.within(at, "apply", site.files[target])
        if tally.add(watched, status == 0):
            now = is_one_of_both(site, looks, watched.report.name)
            continue
        now = target
        somebody_runs(site)
        assert at > 1, "even the first change is not met"
        waiting[target].insert(0, at // 2)
    tally.proves_something()


def somebody_runs(site):
    """Also where the kill came behind the answer."""
    if not site.gateway.daemon.running():
        site.gateway.start_daemon()


def test_within_a_rollback(site, points, looks):
    tally = Tally(site)
    site.gateway.sluice("apply", site.files["first"])
    site.gateway.sluice("apply", site.files["second"])
    counted, _ = points.within(0, "rollback")
    for at in tally.hits(chosen(sum(counted.changes().values()), OTHERS)):
        somebody_runs(site)
        site.gateway.sluice("apply", site.files["first"])
        site.gateway.sluice("apply", site.files["second"])
        watched, status = points.within(at, "rollback")
        if tally.add(watched, status == 0):
            name = is_one_of_both(site, looks, watched.report.name)
            newest = site.gateway.json("history")["history"][0]
            assert newest["result"] == ("applied" if name == "second" else "rolled-back")
    tally.proves_something()


def test_within_the_start_after_a_kill(site, points, looks):
    """Of what the first kill left: half of an apply."""
    tally = Tally(site)
    site.gateway.sluice("apply", site.files["first"])
    counted, _ = points.within(0, "apply", site.files["second"])
    halfway = sum(counted.changes().values()) // 2
    for at in tally.hits(chosen(start_after_a_kill(site, points, halfway, 0), OTHERS)):
        if start_after_a_kill(site, points, halfway, at, tally):
            is_one_of_both(site, looks, f"start killed at {at}")
    tally.proves_something()


def start_after_a_kill(site, points, halfway, at, tally=None):
    """With a tally, whether this start was killed; otherwise how many changes it has."""
    site.gateway.stop_daemon()   # whoever watches the last one goes with it
    site.gateway.start_daemon()
    site.gateway.sluice("apply", site.files["first"])
    watched, _ = points.within(halfway, "apply", site.files["second"])
    assert watched.killed_before()
    watched, words = points.launcher(at)
    site.gateway.launcher = (*words, "--")
    daemon = site.gateway.start_daemon(ready=False)
    site.gateway.launcher = ()
    eventually("it is ready or was killed", lambda: "ready" in daemon.output() or not daemon.running(), within=30)
    if tally:
        return tally.add(watched, daemon.running())
    daemon.terminate()
    return sum(watched.changes().values())
