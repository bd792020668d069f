# SPDX-License-Identifier: GPL-2.0-or-later
"""Where what benches of this folder import is found, beside the folder itself."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def find_modules():
    """Those of the tests' labs, and those that send packets."""
    sys.path[1:1] = [str(ROOT / "tests" / "support"), str(ROOT / "bench" / "packets")]
