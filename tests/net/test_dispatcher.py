# SPDX-License-Identifier: GPL-2.0-or-later
"""Sluice beside another XDP program on one device, by libxdp's dispatcher: xdp-filter of xdp-tools drops, sluice carries."""

import documents
import pytest
from lab import HomeLab, Lab, clients, eventually, servers
from lab.home import OUTSIDE4, WAN4
from lab.pings import Pings
from pinned_config import make_of_another_build

pytestmark = pytest.mark.needs("freplace")
OPEN, FILTERED = 7000, 7001
OURS, OTHER = "sluice_xdp", "xdpfilt_alw_all"


@pytest.fixture(scope="module")
def loaded():
    """A gateway at tc: its programs are loaded once, which takes long under emulation."""
    with Lab("xdp") as lab:
        made = HomeLab(lab)
        for port in (OPEN, FILTERED):
            servers.tcp_peer_server(made.outside, port)
        made.gateway.start_daemon()
        made.gateway.apply(document("tc"))
        made.route_gateway()
        yield made


@pytest.fixture
def home(loaded):
    yield loaded
    loaded.gateway.run("xdp-filter", "unload", "--all", expect=None)
    sluice_goes(loaded)


def document(hook):
    made = documents.home("tc")
    made["interfaces"]["wan"]["hook"] = hook
    return made


def shown(home, device):
    return home.gateway.run("xdp-loader", "status", device).stdout


def programs(home, device="wan"):
    """Those on the device that are not the dispatcher itself."""
    text = shown(home, device)
    return [name for name in (OURS, OTHER) for _ in range(text.count(name))]


def filter_comes(home):
    """It refuses what comes from one port of the server, and lets everything else on to the next program."""
    home.gateway.run("xdp-filter", "load", "-m", "native", "wan")
    home.gateway.run("xdp-filter", "port", "-m", "src", "-p", "tcp", FILTERED)


def filter_goes(home):
    home.gateway.run("xdp-filter", "unload", "wan")


def sluice_comes(home):
    home.gateway.apply(document("xdp"))


def sluice_goes(home):
    home.gateway.apply(document("tc"))


def carried_at(home):
    return {row["name"]: row["hook"] for row in home.gateway.show("interfaces")}["wan"]


def carries(home):
    return clients.tcp_peer(home.inside, OUTSIDE4, OPEN).address == WAN4


def filters(home):
    return clients.tcp_outcome(home.inside, OUTSIDE4, FILTERED) == "silence"


def stream(home):
    made = Pings(home.inside, OUTSIDE4)
    assert made.runs()
    return made


@pytest.fixture
def both(home):
    """The filter came first, then sluice."""
    filter_comes(home)
    sluice_comes(home)
    return home


def test_sluice_comes_second(both):
    assert "xdp_dispatcher" in shown(both, "wan")
    assert sorted(programs(both)) == sorted([OURS, OTHER]) and carried_at(both) == "xdp"
    assert carries(both) and filters(both)


def test_sluice_comes_first(home):
    sluice_comes(home)
    running = stream(home)
    filter_comes(home)
    assert sorted(programs(home)) == sorted([OURS, OTHER]) and carried_at(home) == "xdp"
    assert carries(home) and filters(home)
    assert running.runs() and running.lost() == 0


def test_the_other_leaves(both):
    running = stream(both)
    filter_goes(both)
    assert programs(both) == [OURS] and carried_at(both) == "xdp"
    assert carries(both) and not filters(both)
    assert running.runs() and running.lost() == 0


def test_sluice_leaves(both):
    running = stream(both)
    sluice_goes(both)
    assert programs(both) == [OTHER] and carried_at(both) == "tc"
    assert carries(both) and filters(both)
    assert running.runs() and running.lost() == 0


def test_an_upgrade_beside_the_other_loses_nothing(both):
    running = stream(both)
    for _ in range(2):
        before = shown(both, "wan")
        both.gateway.stop_daemon()
        make_of_another_build(both.gateway)
        both.gateway.start_daemon()
        eventually("the programs are other ones", lambda old=before: shown(both, "wan") != old)
        assert sorted(programs(both)) == sorted([OURS, OTHER])
        assert running.runs()
    assert filters(both) and running.lost() == 0


def test_a_cleanup_takes_only_what_is_ours(both):
    both.gateway.cleanup()
    assert programs(both) == [OTHER]
    both.gateway.start_daemon()
