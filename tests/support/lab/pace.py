# SPDX-License-Identifier: GPL-2.0-or-later
"""How much slower than a real one this machine is: in an emulated VM what should happen gets longer to do so."""

import os
from pathlib import Path

EMULATED = Path("/run/vm/emulated").exists()   # tests/support/vm/guest/run
PACE = float(os.environ.get("SLUICE_LAB_PACE", "1"))


def patience(seconds):
    """For what is expected to happen; what is expected not to is not waited for longer."""
    return seconds * PACE
