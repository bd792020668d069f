# SPDX-License-Identifier: GPL-2.0-or-later
"""First packets, as many as one core can send (flood.py), while a block runs."""

import contextlib
import sys
from pathlib import Path

from .wait import eventually

SENDER = Path(__file__).resolve().parent / "flood.py"


@contextlib.contextmanager
def flood(host, to_mac, kind, source, target, port, seconds, least, device="eth0"):
    """The sender. From this device of the host, while the block runs, no longer than `seconds`, and on until it was `least`."""
    sender = host.start(sys.executable, SENDER, device, host.mac(device), to_mac, kind, source, target, port, seconds,
                        least)
    eventually("the flood begins", sender.output)
    try:
        yield sender
    finally:
        assert sender.terminate(timeout=90) == 0, sender.output()
