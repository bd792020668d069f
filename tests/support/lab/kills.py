# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 of a daemon in the middle of an apply, earlier and later, until it was met on both sides of the commit.

A moment is what the daemon has computed for the apply and not a time: on a busy machine the same delay may end before the apply
has begun, or after it was over, and then a kill proves nothing.
"""

import shutil
import sqlite3
import tempfile
from pathlib import Path

LEAST, MOST = 4, 20   # kills


def kills(gateway, file, verb="apply", *options):
    """Each time that it yields, the daemon was killed: who takes it looks, puts back what was, and starts one again.

    The first apply is a whole one, which shows about how much there is to compute. The others are halved as one looks something
    up: not stored yet means later, stored means earlier, so that the commit itself is come ever nearer. A daemon that has just
    begun has more to do, and not for the apply alone: until one was met after the commit, twice as much may be still too little.
    """
    began = computed(gateway)
    gateway.sluice(verb, file, *options)
    early, late = 0, 2 * (computed(gateway) - began)
    gateway.daemon.kill()
    yield
    met = []
    while len(met) < LEAST or len(set(met)) < 2:
        assert len(met) < MOST, f"all kills on one side of the commit: {met}"
        at, earlier = (early + late) // 2, newest_revision(gateway)
        kill_at(gateway, (verb, file, *options), at)
        met.append("after" if newest_revision(gateway) > earlier else "before")
        if met[-1] == "after":
            late = at
        else:
            early, late = at, late if "after" in met else 2 * late
        gateway.lab.log.say(f"killed after {at / 1e6:.1f} ms of work: {met[-1]} the commit")
        yield


def kill_at(gateway, words, nanoseconds):
    """After so much work for the apply, or when the client has its answer: eBPF gives that right after the commit."""
    due = computed(gateway) + max(nanoseconds, 1)   # it has begun
    client = gateway.start_sluice(*words)
    while computed(gateway) < due and client.running():
        pass
    gateway.daemon.kill()
    client.wait()


def computed(gateway):
    """What the daemon's thread has had of processors, in nanoseconds."""
    return int(Path(f"/proc/{gateway.daemon.pid}/schedstat").read_text(encoding="ascii").split()[0])


def newest_revision(gateway):
    """Of a copy, so that nobody but sluice repairs its store."""
    with tempfile.TemporaryDirectory(dir=gateway.lab.directory) as folder:
        copy = shutil.copytree(gateway.state, Path(folder) / "state")
        store = sqlite3.connect(copy / "sluice.db")
        try:
            return store.execute("SELECT max(number) FROM revisions").fetchone()[0] or 0
        finally:
            store.close()
