# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 within the first apply of a machine and within a cleanup: what was not finished is taken back, and nothing is left."""

import re

import pytest
from kill_site import OTHERS, KillSite, Tally, assert_same
from lab import Lab, eventually, snapshot
from lab.gateway import binaries
from lab.kill_points import KillPoints, chosen


KEY = re.compile(r"[A-Za-z0-9+/]{43}=")


def but_for_keys(looks):
    """Each machine makes keys of its own."""
    return {name: "\n".join(sorted(KEY.sub("KEY", text).splitlines())) for name, text in looks.items()}


def test_within_the_first_apply_of_a_machine(engine):
    with Lab("tc") as lab:
        site = KillSite(lab, engine)
        points, tally = KillPoints(site.gateway), Tally(site)
        site.gateway.start_daemon()
        counted, _ = points.within(0, "apply", site.files["first"])
        first = but_for_keys(site.looks())
        for at in tally.hits(chosen(sum(counted.changes().values()), OTHERS)):
            begin_anew(site)
            watched, status = points.within(at, "apply", site.files["first"])
            if not tally.add(watched, status == 0):
                continue
            site.gateway.start_daemon()
            status = site.gateway.json("status")
            assert status["state"] in ("empty", "running") and not status["degraded"]
            if status["state"] == "running":
                eventually("the machine is that of first", lambda: assert_same(first, but_for_keys(site.looks())))
            else:
                eventually("the machine is as it was found", lambda: assert_same(site.pristine, snapshot.take(site.gateway)))
                assert not site.gateway.pins.exists()
                eventually("no tunnel's process is left", lambda: not site.tunnels())
        tally.proves_something()


def begin_anew(site):
    site.gateway.daemon.kill()
    site.gateway.cleanup()
    is_as_found(site)
    site.gateway.start_daemon()


def is_as_found(site):
    eventually("the machine is as it was found", lambda: assert_same(site.pristine, snapshot.take(site.gateway)))
    left = [folder for folder in (site.gateway.pins, site.gateway.state, site.copy) if folder.exists()]
    assert not left
    eventually("no tunnel's process is left", lambda: not site.tunnels())   # whose end was begun by who was killed


@pytest.mark.parametrize("who", ["the daemon", "the command"])
def test_within_a_cleanup_that_is_run_again(engine, who):
    with Lab("tc") as lab:
        site = KillSite(lab, engine)
        points, tally = KillPoints(site.gateway), Tally(site)
        cleanup = ("cleanup", "--state", site.gateway.state, "--pins", site.gateway.pins)

        def killed(at):
            site.gateway.start_daemon()
            site.gateway.sluice("apply", site.files["first"])
            if who == "the daemon":
                return points.within(at, *cleanup)
            site.gateway.daemon.kill()
            watched, words = points.launcher(at)
            done = site.gateway.run(*words, "--", binaries() / "sluice", "--socket", site.gateway.socket_path, *cleanup, expect=None)
            return watched, done.returncode

        counted, status = killed(0)
        assert status == 0
        is_as_found(site)
        for at in tally.hits(chosen(sum(counted.changes().values()), OTHERS)):
            watched, status = killed(at)
            tally.add(watched, answered=False)   # who was killed had not come to its end
            if status == 0:   # the command goes on where its daemon is gone
                is_as_found(site)
            site.gateway.daemon.kill()
            site.gateway.cleanup()
            is_as_found(site)
        tally.proves_something()
