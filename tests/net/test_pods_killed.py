# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 in the middle of an apply that makes pods and removes one: records are written for all of them together, and none is of what is
not there."""

import sqlite3
from pathlib import Path

import pytest
from lab import HomeLab, Lab
from lab.home import LAN4, WAN4
from lab.kill_points import KillPoints, chosen

KILLS = 5
BEFORE, AFTER = ("first", "stays"), ("stays", "second", "third", "fourth")


@pytest.fixture(scope="module")
def gateway():
    """With one engine: only the daemon decides it."""
    with Lab("tc") as lab:
        home = HomeLab(lab)
        home.gateway.start_daemon()
        yield home.gateway


def document(pods):
    return {"version": 1, "engine": "ebpf",
            "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24"]}, "lan": {"zone": "lan", "addresses": [f"{LAN4}/24"]}},
            "pods": {name: {} for name in pods}}


def spaces():
    return {path.name.removeprefix("pod-") for path in Path("/run/netns").iterdir() if path.name.startswith("pod-")}


def recorded(gateway):
    with sqlite3.connect(f"file:{gateway.lab.directory / (gateway.name + '.state') / 'sluice.db'}?mode=ro", uri=True) as database:
        return {name for (name,) in database.execute("SELECT link FROM owned_links")}


def wanted_records(pods):
    return {f"{kind}{name}" for name in pods for kind in ("pod-", "netns/pod-")}


def changes_of(gateway, points):
    """Of an apply, and of what the daemon does besides: on a busy machine that is more, and numbers beyond the last are misses."""
    gateway.apply(document(BEFORE))
    changes, status = points.within(0, "apply", gateway.write(document(AFTER)))
    assert status == 0
    return sum(changes.changes().values())


def test_nothing_is_known_that_is_not_there(gateway):
    points, met = KillPoints(gateway), 0
    for at in chosen(min(changes_of(gateway, points) for _ in range(3)), KILLS):
        gateway.apply(document(BEFORE))
        watched, _ = points.within(at, "apply", gateway.write(document(AFTER)))
        if not watched.killed_before():
            continue
        met += 1
        gateway.start_daemon()
        there = spaces()
        assert there in (set(BEFORE), set(AFTER)), watched.killed_before()
        assert recorded(gateway) == wanted_records(there), watched.killed_before()
        assert gateway.json("status")["degraded"] == []
    assert met > KILLS / 2


def test_what_could_not_be_made_is_no_record(gateway):
    gateway.apply(document(BEFORE))
    records = recorded(gateway)
    gateway.run("ip", "link", "add", "pod-second", "type", "veth", "peer", "name", "elsewhere")
    gateway.apply(document(AFTER), expect=None)
    assert "pod-second" not in recorded(gateway)
    gateway.apply(document(BEFORE))
    gateway.run("ip", "link", "del", "pod-second")
    assert recorded(gateway) == records


def test_a_cleanup_leaves_none(gateway):
    gateway.apply(document(AFTER))
    gateway.cleanup()
    assert spaces() == set()
