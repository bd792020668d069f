# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands with an echo: the log of a lab reads like a shell session."""

import shlex
import subprocess
import time

from .pace import patience


class CommandFailed(AssertionError):
    """A command of the lab answered with another status than the expected one."""


class Log:
    """What was done, in order; pytest shows the end of it when a test fails."""

    def __init__(self):
        self.started = time.monotonic()
        self.lines = []
        self.told = 0
        self.last = [None, None]

    def say(self, text):
        if text in self.last:
            return   # a condition is asked again and again: once is enough
        self.last = [self.last[1], text]
        self.lines.append(f"{time.monotonic() - self.started:7.2f} {text}")

    def news(self, count=40):
        """What happened since the last call, at most `count` lines of it."""
        fresh, self.told = self.lines[self.told:], len(self.lines)
        return "\n".join(fresh[-count:])


def words(argv):
    return shlex.join(str(word) for word in argv)


def run(log, where, argv, *, expect=0, stdin=None, timeout=60, quiet=False):
    """Runs to its end; `expect` is a status, a set of statuses, or None for any; `quiet` logs no output."""
    log.say(f"[{where}] {words(argv)}")
    done = subprocess.run([str(word) for word in argv], input=stdin, capture_output=True, text=True,
                          errors="replace", timeout=patience(timeout), check=False)
    for name, text in (("out", done.stdout), ("err", done.stderr)):
        if text.strip() and not quiet:
            log.say(f"[{where}]   {name}: {text.strip()[:2000]}")
    allowed = {expect} if isinstance(expect, int) else expect
    if allowed is not None and done.returncode not in allowed:
        raise CommandFailed(f"[{where}] {words(argv)}\nanswered {done.returncode}, expected {expect}\n"
                            f"{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done
