# SPDX-License-Identifier: GPL-2.0-or-later
"""pytest plugin: tests that need more of the kernel than it has are skipped with the reason, or chosen by what they need.

`--needing a,b` keeps those that need one of these and no others: with it the VM lab finds what the host's kernel lacks.
In the VM, with `--all-must-run`, a test that still cannot run has failed.

`spared("kernel")` leaves a test out on ways of that name: what it shows is decided where the ways do not differ, and is seen on another one.
"""

import pytest

from . import kernel

ALL_SKIPPED = 77   # SKIP_RETURN_CODE of CTest


def pytest_addoption(parser):
    parser.addoption("--needing", default=None, metavar="FEATURE,...", help="only tests that need one of these")
    parser.addoption("--all-must-run", action="store_true", help="what the kernel cannot run has failed")


def pytest_configure(config):
    config.addinivalue_line("markers", "needs(feature, ...): what the kernel must have (lab/kernel.py)")
    config.addinivalue_line("markers", "spared(words, ...): left out on ways whose name has these words, as in \"xdp-kernel\"")


def needs_of(item):
    return [feature for mark in item.iter_markers("needs") for feature in mark.args]


def is_spared(item):
    way = f"-{item.callspec.id}-" if hasattr(item, "callspec") else ""
    return any(f"-{words}-" in way for mark in item.iter_markers("spared") for words in mark.args)


def keep(config, items, is_kept):
    chosen = [item for item in items if is_kept(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def pytest_collection_modifyitems(config, items):
    keep(config, items, lambda item: not is_spared(item))
    chosen = config.getoption("--needing")
    if chosen is not None:
        wanted = set(chosen.split(","))
        keep(config, items, lambda item: wanted.intersection(needs_of(item)))
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
