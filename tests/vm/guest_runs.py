# SPDX-License-Identifier: GPL-2.0-or-later
"""guest_runs.py RUN...: in a VM: runs of pytest one after the other; a RUN is its arguments as JSON. Exit status 1: one has failed.

What takes seconds to import under emulation is imported once, before the runs fork.
"""

import importlib
import json
import os
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parents[2]
SLOW = ("scapy.layers.inet", "scapy.layers.inet6", "scapy.layers.l2")


def passed(arguments):
    child = os.fork()
    if not child:
        status = pytest.main(arguments)
        sys.stdout.flush()
        os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def main():
    os.chdir(TREE)
    for name in SLOW:
        importlib.import_module(name)
    sys.exit(0 if all([passed(json.loads(run)) for run in sys.argv[1:]]) else 1)


main()
