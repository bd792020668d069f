# SPDX-License-Identifier: GPL-2.0-or-later
"""A daemon that has nothing to do does nothing, whatever it was told before and whoever changes what is not its own."""

import time

import documents
import pytest
from lab import HomeLab, clients, snapshot, tcx
from lab.home import OUTSIDE4
from lab.wait import eventually

WATCHED = 0.5   # seconds that this process computes meanwhile
MOST = 0.1      # of what it gets, however much that is of a busy machine; a daemon that loops gets as much


@pytest.fixture(scope="module", params=["tc", "nftables"])
def hook(request):
    return request.param


@pytest.fixture(scope="module")
def home(lab, hook):
    made = HomeLab(lab)
    made.gateway.start_daemon()
    made.gateway.apply(document(hook))
    made.route_gateway()
    return made


def document(hook):
    return documents.carried_by("nftables") if hook == "nftables" else documents.home(hook)


def share(home):
    before, end = home.gateway.processor_seconds(), time.thread_time() + WATCHED
    while time.thread_time() < end:
        pass
    return (home.gateway.processor_seconds() - before) / WATCHED


def is_idle(home):
    return share(home) < MOST


def test_after_an_apply(home):
    assert clients.ping(home.inside, OUTSIDE4)
    eventually("the daemon is idle", lambda: is_idle(home), within=20)


def test_after_another_apply(home, hook):
    home.gateway.apply(documents.without_policy(document(hook), "lan-out"))
    home.gateway.apply(document(hook))
    eventually("the daemon is idle", lambda: is_idle(home), within=20)


def test_after_somebody_changed_other_tables(home):
    for words in (("add", "table", "inet", "others"), ("delete", "table", "inet", "others")):
        home.gateway.run("nft", *words)
    eventually("the daemon is idle", lambda: is_idle(home), within=20)


def take_program_away(gateway):
    if tcx.is_here():
        tcx.detach(gateway, "wan", "ingress", gateway.pins / "programs" / "ingress")
    else:
        gateway.run("tc", "filter", "del", "dev", "wan", "ingress")


def test_what_somebody_takes_away_is_put_back_and_then_it_is_idle(home, hook):
    before = snapshot.programs(home.gateway)["wan"]
    if hook == "nftables":
        home.gateway.run("nft", "delete", "table", "inet", "sluice")
        eventually("the table is there again", lambda: "sluice" in home.gateway.run("nft", "list", "tables").stdout)
    else:
        take_program_away(home.gateway)
        eventually("a program is there again", lambda: snapshot.programs(home.gateway)["wan"] == before, within=20)
    assert clients.ping(home.inside, OUTSIDE4)
    eventually("the daemon is idle", lambda: is_idle(home), within=20)
