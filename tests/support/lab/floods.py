# SPDX-License-Identifier: GPL-2.0-or-later
"""First packets, as many as one core can send (flood.py), while a block runs."""

import contextlib
import sys
from pathlib import Path

SENDER = Path(__file__).resolve().parent / "flood.py"


@contextlib.contextmanager
def flood(host, to_mac, kind, source, target, port, seconds, least):
    """From eth0 of the host, for `seconds` and on until it was `least`; the block ends after it."""
    sender = host.start(sys.executable, SENDER, "eth0", host.mac("eth0"), to_mac, kind, source, target, port, seconds,
                        least)
    yield
    assert sender.wait(timeout=30) == 0, sender.output()
