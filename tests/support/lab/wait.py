# SPDX-License-Identifier: GPL-2.0-or-later
"""Waiting for a condition that has a sentence."""

import time

from .pace import patience


def eventually(sentence, condition, within=8.0):
    """The first true value of condition(); a failure says the sentence and the last complaint."""
    deadline = time.monotonic() + patience(within)
    while True:
        value, complaint = _attempt(condition)
        if value:
            return value
        if time.monotonic() > deadline:
            because = f" ({complaint})" if complaint else ""
            raise AssertionError(f"not within {within} s: {sentence}{because}")
        time.sleep(0.02)


def _attempt(condition):
    try:
        return condition(), None
    except (AssertionError, OSError) as complaint:
        return None, complaint
