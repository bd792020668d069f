# SPDX-License-Identifier: GPL-2.0-or-later
"""pytest plugin: tests that need more of the kernel than it has are skipped with the reason, or chosen by what they need.

`--needing a,b` keeps those that need one of these and no others: with it the VM lab finds what the host's kernel lacks.
In the VM, with `--all-must-run`, a test that still cannot run has failed.
"""

import pytest

from . import kernel

ALL_SKIPPED = 77   # SKIP_RETURN_CODE of CTest


def pytest_addoption(parser):
    parser.addoption("--needing", default=None, metavar="FEATURE,...", help="only tests that need one of these")
    parser.addoption("--all-must-run", action="store_true", help="what the kernel cannot run has failed")


def pytest_configure(config):
    config.addinivalue_line("markers", "needs(feature, ...): what the kernel must have (lab/kernel.py)")


def needs_of(item):
    return [feature for mark in item.iter_markers("needs") for feature in mark.args]


def keep(config, items, wanted):
    chosen = [item for item in items if wanted.intersection(needs_of(item))]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def pytest_collection_modifyitems(config, items):
    chosen = config.getoption("--needing")
    if chosen is not None:
        keep(config, items, set(chosen.split(",")))
        return
    if config.getoption("--all-must-run"):
        return
    for item in items:
        reason = kernel.why_not(needs_of(item))
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_runtest_setup(item):
    if item.config.getoption("--all-must-run"):
        reason = kernel.why_not(needs_of(item))
        assert not reason, f"{reason}: no kernel at hand can run this test"


def pytest_sessionfinish(session, exitstatus):
    """A file of which nothing could run is skipped for CTest too, not passed."""
    reports = session.config.pluginmanager.get_plugin("terminalreporter").stats
    if exitstatus == 0 and reports.get("skipped") and not reports.get("passed"):
        session.exitstatus = ALL_SKIPPED
