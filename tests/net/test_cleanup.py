# SPDX-License-Identifier: GPL-2.0-or-later
"""Cleanup leaves the machine as it was found, and several gateways do not meet."""

import os
import shutil
from pathlib import Path

import documents
import pytest
import ways
from lab import HomeLab, clients, eventually, servers, snapshot, tcx
from lab.gateway import binaries
from lab.home import OUTSIDE4, WAN4

hook = ways.one_hook

PRERM = Path(documents.__file__).parents[2] / "packaging" / "debian" / "prerm"


@pytest.fixture
def bare(own_lab):
    """A home in which sluice never ran."""
    return HomeLab(own_lab)


def run_for_a_while(home, hook):
    home.gateway.start_daemon()
    document = documents.home(hook)
    document["mapping_requests"] = {"from": "lan", "ports": "1024-65535"}   # of which a file is kept
    home.gateway.apply(document)
    home.route_gateway()
    eventually("it is kept who may ask", (home.gateway.state / "mappings.json").exists)
    servers.tcp_peer_server(home.outside, 7000)
    assert clients.tcp_peer(home.inside, OUTSIDE4, 7000).address == WAN4


def assert_as_found(home, before):
    gateway = home.gateway
    changed = snapshot.differences(before, snapshot.take(gateway))
    assert not changed, "\n".join(changed)
    assert not gateway.pins.exists()
    assert not [file.name for file in gateway.state.rglob("*") if file.is_file() and not file.name.endswith("lock")]
    for device in ("wan", "lan"):
        assert not snapshot.filters(gateway, device)
        assert "xdp" not in gateway.ip("link show dev", device).stdout


def test_with_the_daemon(bare, hook):
    before = snapshot.take(bare.gateway)
    run_for_a_while(bare, hook)
    bare.gateway.cleanup()
    bare.gateway.daemon.wait()
    assert_as_found(bare, before)


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_without_the_daemon(bare, hook, end):
    before = snapshot.take(bare.gateway)
    run_for_a_while(bare, hook)
    getattr(bare.gateway.daemon, end)()
    bare.gateway.cleanup()
    assert_as_found(bare, before)


def test_twice_and_where_nothing_is(bare, hook):
    before = snapshot.take(bare.gateway)
    bare.gateway.cleanup()
    run_for_a_while(bare, hook)
    bare.gateway.cleanup()
    bare.gateway.cleanup()
    assert_as_found(bare, before)


def stand_ins(gateway):
    """A folder of commands as the package's script finds them, for this gateway."""
    folder = gateway.lab.directory / "commands"
    folder.mkdir()
    sluice = f"{binaries()}/sluice --socket {gateway.socket_path}"
    texts = {"sluice": f'[ "$1" = cleanup ] && exec {sluice} cleanup --state {gateway.state} --pins {gateway.pins}\nexec {sluice} "$@"',
             "deb-systemd-invoke": "exit 0"}
    for name, text in texts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n", encoding="ascii")
        (folder / name).chmod(0o755)
    return folder


def test_the_package_takes_it_off_also_when_both_records_are_lost(bare, hook):
    run_for_a_while(bare, hook)
    bare.gateway.daemon.kill()
    for folder in (bare.gateway.state, bare.gateway.state.with_name(bare.gateway.state.name + "-copy")):
        shutil.rmtree(folder)
    path = f"PATH={stand_ins(bare.gateway)}:{os.environ['PATH']}"
    bare.gateway.run("env", path, "sh", PRERM, "remove")
    assert not bare.gateway.pins.exists() and not bare.gateway.has_address("lan", "192.168.10.1/24")
    assert not snapshot.filters(bare.gateway, "wan")


def test_after_a_cleanup_everything_can_start_again(bare, hook):
    run_for_a_while(bare, hook)
    bare.gateway.cleanup()
    bare.gateway.daemon.wait()
    bare.gateway.start_daemon()
    bare.gateway.apply(documents.home(hook))
    bare.route_gateway()
    assert clients.tcp_peer(bare.inside, OUTSIDE4, 7000).address == WAN4


def attached(gateway):
    return [number for device in ("wan", "lan") for side in tcx.SIDES for number in tcx.programs(gateway, device, side)]


def kill_while_programs_load(gateway, hook, tries=5):
    """After the first place was held, before the programs are there."""
    for _ in range(tries):
        gateway.start_daemon()
        gateway.start_sluice("apply", gateway.write(documents.home(hook)))
        eventually("a place is held", lambda: attached(gateway))
        gateway.daemon.kill()
        if not (gateway.pins / "programs" / "ingress").exists():
            return
        gateway.cleanup()
    raise AssertionError("the programs were always there already")


@pytest.mark.skipif(not tcx.is_here(), reason="Linux before 6.6 has no tcx: nothing is held")
def test_after_a_kill_while_programs_load(bare, hook):
    before = snapshot.take(bare.gateway)
    kill_while_programs_load(bare.gateway, hook)
    assert attached(bare.gateway)
    bare.gateway.cleanup()
    assert attached(bare.gateway) == []
    assert_as_found(bare, before)


@pytest.mark.skipif(not tcx.is_here(), reason="Linux before 6.6 has no tcx: nothing is held")
def test_a_start_after_a_kill_while_programs_load(bare, hook):
    kill_while_programs_load(bare.gateway, hook)
    run_for_a_while(bare, hook)
    assert len(attached(bare.gateway)) == 4, "what held the places is gone"


def test_foreign_filters_and_rules_stay(bare, hook):
    gateway = bare.gateway
    gateway.run("nft", "add", "table", "inet", "foreign")
    gateway.addresses("lan", "192.168.99.1/24")
    before = snapshot.take(gateway)
    run_for_a_while(bare, hook)
    gateway.cleanup()
    assert_as_found(bare, before)


def pair(lab, hook, name):
    """One more gateway with a host, with the same addresses as any other."""
    gateway, host = lab.gateway(name), lab.host(f"{name}-host")
    for device in ("lan", "wan"):
        lab.wire((gateway, device), (host, device))
    gateway.start_daemon()
    gateway.apply(documents.home(hook))
    host.addresses("lan", "192.168.10.2/24")
    clients.ping(host, "192.168.10.1")
    return gateway, host


def test_two_daemons_in_two_namespaces_do_not_meet(own_lab, hook):
    first, first_host = pair(own_lab, hook, "a")
    second, second_host = pair(own_lab, hook, "b")
    second.apply(documents.without_forward(documents.home(hook), "web"))
    assert len(first.show("forwards")) == len(second.show("forwards")) + 1
    first.cleanup()
    first.daemon.wait()
    clients.ping(second_host, "192.168.10.1")
    assert eventually("the second still answers", lambda: second.show("interfaces"))
    first_host.run("ping", "-n", "-c", 1, "-W", "0.3", "192.168.10.1", expect=1)
