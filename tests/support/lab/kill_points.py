# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 of a process before its N-th change of the kernel or of a file (tests/support/kill_point.cpp).

A kill counts only where the process died of it: a number beyond the last change is a miss, and proves nothing.
"""

import os
import random
import re

from .gateway import binaries
from .wait import eventually

SEED = 30
ALL, COUNT = "SLUICE_KILL_ALL", "SLUICE_KILL_COUNT"


def chosen(total, count):
    """One of each of `count` parts of 1 … total. SLUICE_KILL_COUNT chooses more of them, SLUICE_KILL_ALL=1 all."""
    if os.environ.get(ALL):
        return list(range(1, total + 1))
    dice, count = random.Random(SEED), min(total, int(os.environ.get(COUNT, count)))
    edges = [1 + part * total // count for part in range(count + 1)]
    return [dice.randrange(low, high) for low, high in zip(edges, edges[1:])]


class Watched:
    """What was seen of a process: how many changes, or that it was killed before one."""

    def __init__(self, report):
        self.report = report

    def begins(self):
        eventually("the process is watched", lambda: "watching" in self._text())
        return self

    def _text(self):
        return self.report.read_text(encoding="ascii") if self.report.exists() else ""

    def killed_before(self):
        """The name of the call; None: it was not killed."""
        found = re.search(r"killed at \d+: (.*)", self._text())
        return found and found[1]

    def changes(self):
        """How many there were of each kind, of a process that nobody killed."""
        told = eventually("the watcher's report", lambda: re.search(r"ended after \d+:(.*)", self._text()))
        return {name: int(times) for name, times in (word.rsplit("=", 1) for word in told[1].split())}


class KillPoints:
    """At a number of a gateway's daemon; number 0 counts only."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.reports = 0

    def launcher(self, at):
        """Words before a program that is killed by itself."""
        self.reports += 1
        watched = Watched(self.gateway.lab.directory / f"kill-{self.reports}")
        return watched, (binaries() / "sluice_kill_point", watched.report, at)

    def within(self, at, *command):
        """`sluice` does something by the daemon, which is killed meanwhile. Answers what was seen, and the command's status."""
        watched, words = self.launcher(at)
        watcher = self.gateway.start(*words, self.gateway.daemon.pid)
        watched.begins()
        status = self.gateway.sluice(*command, expect=None).returncode
        watcher.terminate()
        if watched.killed_before():
            self.gateway.daemon.wait()
        return watched, status
