# SPDX-License-Identifier: GPL-2.0-or-later
"""At no moment does an inside address leave by the outside, or an outside neighbour reach the inside."""

import documents
import pytest
import ways
from lab import HomeLab, clients
from lab.home import INSIDE4, LAN4, WAN4
from lab.intruders import Watch

hook = ways.one_hook


@pytest.fixture
def bare(own_lab):
    return HomeLab(own_lab)


def start(home, hook):
    home.gateway.start_daemon()
    home.gateway.apply(documents.home(hook))
    home.route_gateway()


def apply_loop(home, hook, times):
    for _ in range(times):
        home.gateway.apply(documents.without_policy(documents.home(hook), "lan-out"))
        home.gateway.apply(documents.home(hook))


def test_the_watchers_see_what_plain_forwarding_lets_through(bare):
    """Without sluice everything crosses: otherwise the tests below would prove nothing."""
    bare.gateway.addresses("wan", f"{WAN4}/24").addresses("lan", f"{LAN4}/24")
    bare.gateway.sysctl("net/ipv4/ip_forward", "1")
    bare.outside.run("ping", "-n", "-c", 1, INSIDE4)
    watch = Watch(bare)
    watch.rounds(3)
    assert watch.fugitives() and watch.intruders()


def test_from_the_first_start_to_the_cleanup(bare, hook):
    watch = Watch(bare)
    watch.rounds(3)
    start(bare, hook)
    watch.assert_tight("start and first apply")
    assert clients.ping(bare.inside, "203.0.113.9")
    apply_loop(bare, hook, 5)
    watch.assert_tight("apply loop")
    bare.gateway.stop_daemon()
    watch.assert_tight("stopped")
    bare.gateway.start_daemon()
    watch.assert_tight("started again")
    bare.gateway.daemon.kill()
    watch.assert_tight("killed")
    bare.gateway.start_daemon()
    bare.gateway.cleanup()
    watch.assert_tight("cleanup")


def test_cleanup_without_the_daemon(bare, hook):
    watch = Watch(bare)
    start(bare, hook)
    bare.gateway.daemon.kill()
    bare.gateway.cleanup()
    watch.assert_tight("cleanup")


def test_where_the_kernel_forwarded_before_sluice_came(bare, hook):
    for path in ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"):
        bare.gateway.sysctl(path, "1")
    start(bare, hook)
    watch = Watch(bare)
    apply_loop(bare, hook, 3)
    watch.assert_tight("apply loop")
    bare.gateway.stop_daemon()
    watch.assert_tight("stopped")
    bare.gateway.start_daemon()
    bare.gateway.daemon.kill()
    watch.assert_tight("killed")


def test_when_somebody_switches_forwarding_on(bare, hook):
    start(bare, hook)
    watch = Watch(bare)
    for daemon_runs in (True, False):
        for path in ("net/ipv4/ip_forward", "net/ipv4/conf/lan/forwarding", "net/ipv4/conf/wan/forwarding",
                     "net/ipv6/conf/all/forwarding"):
            bare.gateway.sysctl(path, "1")
        watch.assert_tight("forwarding is on")
        if daemon_runs:
            bare.gateway.daemon.kill()


def test_networks_behind_foreign_devices_are_not_reached(bare, hook):
    """A device that the document does not name is no way round the policies."""
    foreign = bare.lab.host("foreign")
    bare.lab.wire((bare.gateway, "foreign"), (foreign, "eth0"))
    bare.gateway.addresses("foreign", "10.9.9.1/24")
    foreign.addresses("eth0", "10.9.9.9/24").routes("default via 10.9.9.1")
    start(bare, hook)
    bare.gateway.sysctl("net/ipv4/ip_forward", "1")
    bare.outside.routes(f"10.9.9.0/24 via {WAN4}")
    bare.outside.run("ping", "-n", "-c", 1, "-W", "0.3", "10.9.9.9", expect=1)
    bare.inside.run("ping", "-n", "-c", 1, "-W", "0.3", "10.9.9.9", expect=1)
