# SPDX-License-Identifier: GPL-2.0-or-later
"""What others put on the devices: sluice says so, works beside it or not at all, and never takes it off."""

import json

import documents
import pytest
from lab import HomeLab, Lab, clients, kernel, servers, snapshot, tcx
from lab.home import OUTSIDE4, WAN4

FAILED, DEGRADED, ROLLED_BACK = 1, 6, 7


def xdp_program(gateway, device):
    link = json.loads(gateway.ip("-json -details link show dev", device).stdout)[0]
    return link.get("xdp", {}).get("prog", {}).get("id")


@pytest.fixture
def xdp_home():
    with Lab("xdp") as lab:
        home = HomeLab(lab)
        servers.tcp_peer_server(home.outside, 7000)
        home.gateway.start_daemon()
        yield home


@pytest.mark.skipif(kernel.has("freplace"), reason="this kernel runs both (test_dispatcher)")
def test_another_xdp_program_is_named_and_left_alone(xdp_home):
    gateway = xdp_home.gateway
    gateway.run("xdp-loader", "load", "-m", "native", "wan", kernel.xdp_filter_object())
    foreign = xdp_program(gateway, "wan")
    done = gateway.apply(documents.home("xdp"), expect={FAILED, DEGRADED, ROLLED_BACK})
    told = done.stdout + done.stderr
    assert "wan" in told and "XDP" in told, told
    assert xdp_program(gateway, "wan") == foreign
    gateway.run("xdp-loader", "unload", "wan", "--all")
    gateway.apply(documents.home("xdp"))
    xdp_home.route_gateway()
    assert clients.tcp_peer(xdp_home.inside, OUTSIDE4, 7000).address == WAN4


def test_another_xdp_program_does_not_disturb_tc(xdp_home):
    gateway = xdp_home.gateway
    gateway.run("xdp-loader", "load", "-m", "native", "wan", kernel.xdp_filter_object())
    foreign = xdp_program(gateway, "wan")
    gateway.apply(documents.home("tc"))
    xdp_home.route_gateway()
    assert clients.tcp_peer(xdp_home.inside, OUTSIDE4, 7000).address == WAN4
    gateway.cleanup()
    assert xdp_program(gateway, "wan") == foreign


def test_a_foreign_filter_and_its_clsact_stay(xdp_home):
    gateway = xdp_home.gateway
    gateway.run("tc", "qdisc", "add", "dev", "wan", "clsact")
    gateway.run("tc", "filter", "add", "dev", "wan", "ingress", "pref", 902, "bpf", "bytecode", "1,6 0 0 0")
    before = snapshot.filters(gateway, "wan")
    gateway.apply(documents.home("tc"))
    assert before in snapshot.filters(gateway, "wan")
    gateway.cleanup()
    assert snapshot.filters(gateway, "wan") == before


@pytest.mark.skipif(not tcx.is_here(), reason="Linux before 6.6 has no tcx")
def test_another_program_at_tcx_stays_and_comes_second(xdp_home):
    gateway = xdp_home.gateway
    pin = gateway.pins.parent / "bystander"
    tcx.pin_bystander(pin)
    for side in tcx.SIDES:
        tcx.attach(gateway, "wan", side, pin)
    before = {side: tcx.programs(gateway, "wan", side) for side in tcx.SIDES}
    gateway.apply(documents.home("tc"))
    xdp_home.route_gateway()
    assert clients.tcp_peer(xdp_home.inside, OUTSIDE4, 7000).address == WAN4
    for side, others in before.items():
        own, *rest = tcx.programs(gateway, "wan", side)
        assert rest == others and own not in others
    gateway.cleanup()
    assert {side: tcx.programs(gateway, "wan", side) for side in tcx.SIDES} == before


@pytest.fixture
def limited_home():
    """The daemon may not ask for programs by their numbers, so it could not tell its own at tcx from others."""
    with Lab("tc") as lab:
        home = HomeLab(lab)
        servers.tcp_peer_server(home.outside, 7000)
        home.gateway.launcher = ("setpriv", "--bounding-set=-sys_admin")
        home.gateway.start_daemon()
        yield home


def test_a_daemon_that_may_not_ask_for_programs_uses_filters(limited_home):
    gateway = limited_home.gateway
    for _ in range(2):
        gateway.apply(documents.home("tc"))
    limited_home.route_gateway()
    assert clients.tcp_peer(limited_home.inside, OUTSIDE4, 7000).address == WAN4
    assert "sluice_ingress" in snapshot.filters(gateway, "wan")
    assert not any(tcx.programs(gateway, "wan", side) for side in tcx.SIDES)
    gateway.cleanup()
    assert not snapshot.filters(gateway, "wan")
