# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of modules that run once for each way of carrying traffic (`way`), where nftables has no hook of its own, and of those
about what the daemon alone does, which run once: they take the place of those of conftest.py that go through hooks and engines by
themselves.
"""

import pytest


@pytest.fixture(scope="module")
def hook(way):
    return way[1]


@pytest.fixture(scope="module")
def engine(way):
    return way[0]


@pytest.fixture(scope="module")
def one_hook():
    """An interface with XDP has the programs of tc as well."""
    return "xdp"
