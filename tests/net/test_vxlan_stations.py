# SPDX-License-Identifier: GPL-2.0-or-later
"""Who is behind which remote of a VXLAN: learned, moved, invented, and what XDP makes of it."""

import pytest
from lab import clients, eventually
from lab.download import Download
from lab.sites import INSIDE4, SITE4, STRANGER4, TUNNEL4
from scapy.layers.inet import TCP
from scapy.layers.vxlan import VXLAN


def kernels_share(sites):
    """Of the packets of a transfer: what the kernel's device has carried of it."""
    before, counted = sites.carried_by_kernel(), sites.received("vx7")
    assert Download(sites.inside, SITE4, 9000).goes_on(10_000_000)
    return (sites.carried_by_kernel() - before) / (sites.received("vx7") - counted)


def test_xdp_carries_what_the_kernel_has_learned(sites):
    if sites.way[0] == "nftables":
        pytest.skip("has no hooks")
    if sites.way[1] == "xdp":
        eventually("it goes past the kernel's device", lambda: kernels_share(sites) < 0.1)
    else:
        assert kernels_share(sites) > 0.9


class Station:
    """The other site's router, which is at the remote or at the stranger."""

    def __init__(self, sites):
        self.sites, self.mac = sites, sites.remote.mac("vx")

    def moves_to_stranger(self):
        """It says so by one ping, as a virtual machine does after it was moved."""
        self.sites.remote.ip("link del vx")
        self.sites.tunnel(self.sites.stranger, local=STRANGER4)
        self.sites.stranger.ip("link set vx address", self.mac)
        self.sites.stranger.ip("neigh replace", TUNNEL4, "lladdr", self.sites.gateway.mac("vx7"), "dev vx")
        clients.ping(self.sites.stranger, TUNNEL4)

    def is_reached(self):
        return clients.tcp_outcome(self.sites.inside, SITE4, 8080, timeout=0.3) == "answered"


@pytest.fixture
def station(sites):
    sites.gateway.apply(sites.document(entries=[{"mac": "02:00:5e:00:53:01", "remote": STRANGER4}]))
    assert Download(sites.inside, SITE4, 9000).goes_on(1_000_000)
    yield Station(sites)
    sites.stranger.run("ip", "link", "del", "vx", expect=None)


def test_who_moves_behind_another_remote_is_reached_there(station):
    assert station.is_reached()
    station.moves_to_stranger()
    eventually("it is reached there", station.is_reached)


def test_who_moves_while_no_daemon_runs_is_reached_all_the_same(station, sites):
    sites.gateway.daemon.kill()
    assert station.is_reached()
    station.moves_to_stranger()
    eventually("it is reached there", station.is_reached)
    sites.gateway.start_daemon()
    assert station.is_reached()


def test_a_remote_that_invents_addresses_fills_no_more_than_its_table(sites):
    fake = sites.remote.injector("vx", sites.gateway.mac("vx7"))

    def entries_after_17_000():
        """Some may be lost on the way, where a core's queue is full: the same addresses come again then."""
        for number in range(17_000):
            fake.send_frame(bytes(fake.link)[:6] + (0x02_99_00_00_00_00 + number).to_bytes(6, "big") + bytes(48))
        return sites.gateway.run("bridge", "fdb", "show", "dev", "vx7").stdout.count("dst")

    eventually("the table is full", lambda: entries_after_17_000() >= 16_384)
    assert entries_after_17_000() == 16_384
    assert clients.tcp_peer(sites.inside, SITE4, 8080).address == INSIDE4
    sites.gateway.ip("link del vx7")


def test_nothing_goes_to_who_is_no_remote_any_more(sites):
    """Although the kernel's device remembers who was behind it."""
    assert clients.tcp_peer(sites.inside, SITE4, 8080).address == INSIDE4
    sites.gateway.apply(sites.document(remote=STRANGER4))
    outer = sites.remote.sniff("eth0")
    assert clients.tcp_outcome(sites.inside, SITE4, 8080, timeout=0.5) == "silence"
    assert not outer.matching(lambda seen: VXLAN in seen and TCP in seen)
