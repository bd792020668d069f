# SPDX-License-Identifier: GPL-2.0-or-later
"""Two gateways behind NATs meet by a relay, then without it, and again by it; what is in the tunnel goes on."""

import time

import pytest
import ways
from lab import Lab, eventually
from lab.download import Download
from lab.pings import Pings
from path_site import BRANCH_INSIDE4, Between, PathSite
from relay_site import INSIDE4

hook, engine = ways.hook, ways.engine   # of each way
EVERY = 0.05   # seconds between two pings


@pytest.fixture(scope="module", params=[("ebpf", "xdp"), ("nftables", "tc")], ids=str)
def way(request):
    return request.param


@pytest.fixture(scope="module")
def lab(hook):
    with Lab(hook) as made:
        yield made


@pytest.fixture(scope="module")
def site(lab, way):
    return PathSite(lab, way).meet()


@pytest.fixture
def between(site):
    made = Between(site)
    yield made
    made.open()


def test_a_hole_is_punched(site):
    site.takes("hole-punched", within=90)   # a first try that comes too early is repeated when the NATs have forgotten it
    assert site.endpoint().startswith("192.0.2.13:"), "the NAT of the box"
    sent = site.relay.row("alice")["bytes"]
    download = Download(site.branch_inside, INSIDE4, 9000)
    assert download.goes_on()
    download.stop()
    assert download.received > 1_000_000 and site.relay.row("alice")["bytes"] - sent < 100_000, "nothing of it went through the relay"


def test_a_path_that_dies_is_left_within_three_seconds_and_taken_again(site, between):
    site.takes("hole-punched")
    downloads = [Download(site.branch_inside, INSIDE4, 9000), Download(site.inside, BRANCH_INSIDE4, 9000)]
    pings = [Pings(site.branch_inside, INSIDE4, interval=EVERY), Pings(site.inside, BRANCH_INSIDE4, interval=EVERY)]
    between.close()
    closed = time.monotonic()
    site.takes("relay", within=10)
    assert all(download.goes_on() for download in downloads)
    between.open()
    opened = time.monotonic()
    site.takes("hole-punched", within=30)
    back = time.monotonic() - opened
    assert all(download.goes_on() for download in downloads)
    lost = [one.lost() * EVERY for one in pings]
    print(f"back after {back:.1f} s; of {time.monotonic() - closed:.0f} s without an answer: {lost}")
    assert back < 30
    assert 0 < max(lost) < 3, lost
    for download in downloads:
        download.stop()


def test_the_relay_is_not_needed_any_more(site):
    site.takes("hole-punched")
    pings = Pings(site.branch_inside, INSIDE4, interval=EVERY)
    assert pings.runs(40)
    site.net.ip("link set eth0 down")
    assert pings.runs(200)
    assert pings.lost() == 0
    assert set(site.paths()) == {"hole-punched"}
    site.net.ip("link set eth0 up")
    eventually("the relay answers again", lambda: site.used()["state"] == "up", within=60)

