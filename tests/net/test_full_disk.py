# SPDX-License-Identifier: GPL-2.0-or-later
"""On a disk that is full, changes are made until one is refused. What was accepted can be left: by hand, at its deadline, at a boot, by cleanup."""

import contextlib
import json
import os
import sqlite3

import pytest
from damage_site import fill, lose_what_runs, make_room, on_a_disk
from lab import Lab, clients, eventually
from lost_site import WAN4

FAILED, ROLLED_BACK = 1, 7
LONG = 40_000   # bytes of a comment: a few pages of the record
MOST_CHANGES = 60
FIRST_PORT = 1000


@pytest.fixture
def site():
    with Lab("tc") as lab:
        yield on_a_disk(lab)


def revision(site):
    return site.gateway.json("status")["revision"]


def apply(site, port, *options):
    made = site.gateway.write(f"// {'x' * LONG}\n{json.dumps(site.document(ports=port))}")
    return site.gateway.sluice("apply", made, *options, expect={0, FAILED, ROLLED_BACK}, quiet=True)


def use_up(site):
    """The port of the newest document that was accepted."""
    fill(site)
    for port in range(FIRST_PORT, FIRST_PORT + MOST_CHANGES):
        refused = apply(site, port)
        if refused.returncode:
            assert "database or disk is full" in refused.stderr
            assert port > FIRST_PORT, "some find room"
            return port - 1
    return pytest.fail("the disk was never full")


def test_one_goes_back_by_hand(site):
    port = use_up(site)
    number = revision(site)
    refused = apply(site, port + 1, "--confirm", "60s")
    assert refused.returncode and "database or disk is full" in refused.stderr
    assert revision(site) == number and site.gateway.json("status")["pending_confirmation"] is None
    for earlier in (number - 1, 1):
        site.gateway.sluice("rollback", str(earlier))
        assert revision(site) == earlier
    assert site.forward_works(80) and site.state() == "running"
    make_room(site)
    assert apply(site, port).returncode == 0 and site.forward_works(port)


def test_what_nobody_confirms_is_taken_back(site):
    fill(site)
    for port in range(FIRST_PORT, FIRST_PORT + MOST_CHANGES):
        if apply(site, port, "--confirm", "1s").returncode:
            break
        assert site.forward_works(port)
        eventually("it is taken back", lambda: revision(site) == 1, within=20)
        assert site.forward_works(80)
    else:
        pytest.fail("the disk was never full")
    assert port > FIRST_PORT, "some find room"
    assert revision(site) == 1 and site.forward_works(80)


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_a_daemon_starts_with_what_was_accepted_last(site, end):
    port = use_up(site)
    number = revision(site)
    getattr(site.gateway.daemon, end)()
    site.gateway.start_daemon()
    assert site.state() == "running" and revision(site) == number and site.forward_works(port)


def test_so_does_a_machine(site):
    port = use_up(site)
    number = revision(site)
    make_room(site)   # of which the cleanup in place of a boot takes nothing
    lose_what_runs(site)
    fill(site)
    site.gateway.start_daemon()
    assert site.state() == "running" and revision(site) == number and site.forward_works(port)
    assert apply(site, port + 1).returncode
    site.gateway.sluice("rollback", str(number - 1))
    assert site.forward_works(port - 1)


def assert_nothing_is_left(site):
    names = {device["ifname"] for device in site.devices()}
    assert "br7" not in names and not site.gateway.pins.exists()
    assert clients.tcp_outcome(site.outside, WAN4, 80) != "connected"
    assert "sluice" not in site.gateway.run("nft", "list", "ruleset").stdout
    assert sorted(file.name for file in site.gateway.state.iterdir()) == ["filler"]


@pytest.mark.parametrize("runs", [True, False])
def test_a_cleanup_is_done(site, runs):
    use_up(site)
    if not runs:
        site.gateway.daemon.kill()
    site.gateway.cleanup()
    assert_nothing_is_left(site)


def without_room(site):
    """As a release left it that kept none."""
    for folder in (site.gateway.state, site.copy):
        with contextlib.closing(sqlite3.connect(folder / "sluice.db")) as database:
            database.execute("VACUUM")
    fill(site)
    filler = site.gateway.state / "filler"
    os.truncate(filler, filler.stat().st_size - (96 << 10))   # for the log to be made at all


@pytest.mark.parametrize("runs", [True, False])
def test_so_is_one_that_can_write_nothing_into_the_record(site, runs):
    site.gateway.daemon.kill()
    without_room(site)
    if runs:
        site.gateway.start_daemon()
        assert "database or disk is full" in apply(site, FIRST_PORT).stderr
    site.gateway.cleanup()
    assert_nothing_is_left(site)
