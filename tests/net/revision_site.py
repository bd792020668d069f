# SPDX-License-Identifier: GPL-2.0-or-later
"""A gateway whose revisions are confirmed, taken back and listed; each port of its forward is a revision of its own."""

import contextlib
import sqlite3
import time

from lab import eventually
from lost_site import Site

FAILED, USAGE, INVALID, ROLLED_BACK, DIFFERENT = 1, 2, 3, 7, 8
LONG = "1h"


def apply(site, ports, confirm=None, expect=0, **more):
    options = ["--confirm", confirm] if confirm else []
    document = {**site.document(ports=ports), **more}
    return site.gateway.sluice("apply", site.gateway.write(document), *options, expect=expect)


def history(site):
    return {row["rev"]: row["result"] for row in site.gateway.json("history")["history"]}


def waits(site):
    return site.gateway.json("status")["pending_confirmation"]


def deadline(site):
    """Of what waits, for past(). The daemon tells whole seconds of it; its store has the rest."""
    with contextlib.closing(sqlite3.connect(site.gateway.state / "sluice.db")) as database:
        return database.execute("SELECT at FROM confirmations").fetchone()[0] / 1000


def revision(site):
    return site.gateway.json("status")["revision"]


def is_back(site, number=1, port=80):
    eventually("the earlier revision is in force", lambda: revision(site) == number and waits(site) is None, within=40)
    assert site.forward_works(port)
    return True


def make_site(lab, engine="ebpf"):
    (lab.directory / "kept").mkdir()
    return Site(lab, engine)


def change_store(file, statement):
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        database.execute(statement)


def let_it_pass(site):
    """As if the time were over, by the clock of this start of the machine."""
    for folder in (site.gateway.state, site.copy):
        change_store(folder / "sluice.db", "UPDATE confirmations SET at = 1")


def another_boot(left):
    """As if the machine had started again since, `left` seconds (by the wall clock) before the time is over."""
    def change(file):
        wall = int((time.time() + left) * 1000)
        change_store(file, f"UPDATE confirmations SET boot = 'another', at = 5, wall = {wall}, length = 1000000000")
    return change
