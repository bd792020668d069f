# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs every scenario on every variant: one lab per variant, one document per scenario."""

import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE)]
pytest.register_assert_rewrite("harness")
from harness.explained import assert_flows_explained  # noqa: E402  needs the path
from harness.house import House  # noqa: E402  needs the path
from harness.variants import VARIANTS  # noqa: E402
from lab import Lab  # noqa: E402

pytest_plugins = ["lab.needs"]
collect_ignore_glob = ["harness/*"]
Lab.memory = 2048


def pytest_addoption(parser):
    parser.addoption("--variant", action="append", choices=list(VARIANTS),
                     help="how the traffic is carried (all of them unless told)")


def pytest_configure(config):
    config.addinivalue_line("markers", "engine_needs(ENGINE=feature, ...): what the kernel must have for that engine")
    if os.geteuid() != 0:
        pytest.exit("the conformance suite makes network namespaces: run it as root", returncode=1)


def needs_of_engine(metafunc, engine):
    """What the engine leaves to the kernel may be what this kernel has not."""
    marks = metafunc.definition.iter_markers("engine_needs")
    return [pytest.mark.needs(mark.kwargs[engine]) for mark in marks if engine in mark.kwargs]


def pytest_generate_tests(metafunc):
    names = metafunc.config.getoption("--variant") or list(VARIANTS)
    ways = [pytest.param(name, marks=needs_of_engine(metafunc, VARIANTS[name].engine)) for name in names]
    metafunc.parametrize("variant", ways, indirect=True, scope="session")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failed scenario says its sentence, and what the lab and the daemon did during it."""
    report = (yield).get_result()
    item.has_failed = report.failed or getattr(item, "has_failed", False)
    if report.when != "teardown" and not report.failed:
        return
    news = [("lab", lab.log.news()) for lab in Lab.living]
    if report.failed:
        report.sections.append(("sentence", item.module.__doc__))
        report.sections.extend(news)
        report.sections.extend(("gateway", lab.hosts[0].diagnosis()) for lab in Lab.living)


@pytest.fixture(scope="session")
def variant(request):
    return VARIANTS[request.param]


@pytest.fixture(scope="session")
def shared_house(variant):
    """Made once per variant."""
    with House.of(variant) as made:
        yield made


@pytest.fixture
def house(shared_house, request):
    """The house with the scenario's own document in force. What the scenario saw pass, `explain` has to tell."""
    with shared_house.scenario(getattr(request.module, "document", None)):
        yield shared_house
        if not request.node.has_failed:
            assert_flows_explained(shared_house)
