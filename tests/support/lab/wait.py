# SPDX-License-Identifier: GPL-2.0-or-later
"""Waiting for a condition that has a sentence, for one that is to stay true, and for a deadline."""

import time

from .pace import patience

LOOKED_AT = 0.3   # seconds from a deadline until who has it has done what is due, or has not
SHORTEST, LONGEST = 0.01, 0.1   # seconds between two looks: a look is often a process of its own, and many wait at once


def eventually(sentence, condition, within=8.0):
    """The first true value of condition(); a failure says the sentence and the last complaint."""
    deadline, pause = time.monotonic() + patience(within), SHORTEST
    while True:
        value, complaint = _attempt(condition)
        if value:
            return value
        if time.monotonic() > deadline:
            because = f" ({complaint})" if complaint else ""
            raise AssertionError(f"not within {within} s: {sentence}{because}")
        time.sleep(pause)
        pause = min(pause * 1.3, LONGEST)


def stays(sentence, condition, seconds):
    """condition() is true for so long, at each look; the first time that it is not says the sentence."""
    end = time.monotonic() + seconds
    while True:
        value, complaint = _attempt(condition)
        if not value:
            raise AssertionError(f"not any more: {sentence}" + (f" ({complaint})" if complaint else ""))
        if time.monotonic() > end:
            return
        time.sleep(LONGEST)


def past(deadline):
    """Until what was due then has happened, or has not. `deadline`: seconds of CLOCK_BOOTTIME, by which the daemon counts."""
    time.sleep(max(0.0, deadline + LOOKED_AT - time.clock_gettime(time.CLOCK_BOOTTIME)))


def _attempt(condition):
    try:
        return condition(), None
    except (AssertionError, OSError) as complaint:
        return None, complaint
