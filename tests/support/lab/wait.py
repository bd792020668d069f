# SPDX-License-Identifier: GPL-2.0-or-later
"""Waiting for a condition that has a sentence."""

import time

from .pace import patience

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


def _attempt(condition):
    try:
        return condition(), None
    except (AssertionError, OSError) as complaint:
        return None, complaint
