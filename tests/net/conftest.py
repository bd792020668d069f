# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the net tests: a lab per module and hook, and a home with the module's document."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import documents  # noqa: E402  needs the path
from kernel_sites import kernel_sites  # noqa: E402
from lab import Gateway, HomeLab, Lab  # noqa: E402
from lab.phones import own_runtime_directory  # noqa: E402
from lab.sites import WAYS  # noqa: E402


pytest_plugins = ["lab.needs"]
Lab.memory = 2048   # small tables, which are made and read in no time


def pytest_configure():
    if os.geteuid() != 0:
        pytest.exit("the net tests make network namespaces: run them as root", returncode=1)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport():
    """A failed test shows what every living lab did during it."""
    report = (yield).get_result()
    if report.when == "teardown" or report.failed:
        news = [(f"lab {lab.prefix} ({lab.hook})", lab.log.news()) for lab in Lab.living]
    if report.failed:
        report.sections.extend(news)
        report.sections.extend((f"gateway of {lab.prefix}", host.diagnosis())
                               for lab in Lab.living for host in lab.hosts if isinstance(host, Gateway))


@pytest.fixture(autouse=True, scope="session")
def own_tunnels():
    """Where the run has mounts and processes of its own: tunnels of other runs have the same names."""
    if os.getpid() == 1:
        own_runtime_directory()


@pytest.fixture(autouse=True)
def nobody_listens_on():
    """What a test sniffs is its own: the next one's flood would wake the listener up for each packet."""
    before = {lab: len(lab.sniffers) for lab in Lab.living}
    yield
    for lab in Lab.living:
        while len(lab.sniffers) > before.get(lab, 0):
            lab.end_sniffer(lab.sniffers[-1])


@pytest.fixture(scope="module", params=["tc", "xdp"])
def hook(request):
    return request.param


@pytest.fixture(scope="module", params=["ebpf", "nftables"])
def engine(request):
    """For what each engine does by itself, and hooks make no difference."""
    return request.param


@pytest.fixture(scope="module")
def lab(hook):
    with Lab(hook) as made:
        yield made


@pytest.fixture(scope="module")
def document(hook):
    """A module with a document of its own overrides this."""
    return documents.home(hook)


@pytest.fixture(scope="module")
def home(lab, document):
    """The home with a running gateway."""
    made = HomeLab(lab)
    made.gateway.start_daemon()
    made.gateway.apply(document)
    made.route_gateway()
    return made


@pytest.fixture
def restored(home, document):
    """For tests that apply other documents: the module's document is in force again afterwards."""
    yield home
    home.gateway.apply(document)


@pytest.fixture
def own_lab(hook):
    """A lab for one test only."""
    with Lab(hook) as made:
        yield made


@pytest.fixture(scope="module", params=WAYS.values(), ids=WAYS)
def way(request):
    """Engine and hook."""
    return request.param


@pytest.fixture(scope="module")
def shared(way):
    """Two sites over VXLAN; a module with other sites overrides this."""
    with kernel_sites(way) as made:
        yield made


@pytest.fixture
def sites(shared):
    """The document is in force, and the other end is as it was."""
    shared.gateway.apply(shared.document())
    yield shared
    shared.tunnel(shared.remote)
