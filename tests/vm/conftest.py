# SPDX-License-Identifier: GPL-2.0-or-later
"""The tests in VMs use the lab's namespaces, the net tests' documents and the VMs' library."""

import os
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS / "net")]
from vm import find_kernel  # noqa: E402  needs the path


@pytest.fixture(scope="session")
def kernel():
    cache = Path(os.environ.get("SLUICE_VM_CACHE", TESTS.parent / "build-vm"))
    return find_kernel(os.environ.get("SLUICE_VM_KERNEL", "6.1"), cache)
