# SPDX-License-Identifier: GPL-2.0-or-later
"""Two gateways whose NATs cannot be opened: another relay, IPv6, and the order that the document says. Who decides is the daemon: one
engine carries it.
"""

import pytest
from lab import eventually
from lab.pings import Pings
from path_site import BOX, BRANCH, RANDOM, Between, PathSite
from relay_site import HUB4, INSIDE4, OTHER4, OTHER_HUB4, RELAY4

WAY = ("ebpf", "tc")
EVERY = 0.05   # seconds between two pings
IPV6_ENDS = [f"[2001:db8:{number}1::2]" for number in (BOX, BRANCH)]


@pytest.fixture(scope="module")
def hook():
    return "tc"


@pytest.fixture(scope="module")
def site(lab):
    made = PathSite(lab, WAY, {BOX: RANDOM, BRANCH: RANDOM}).meet()
    made.takes("relay")
    return made


@pytest.fixture
def between(site):
    made = Between(site)
    yield made
    made.open()


def test_a_dead_relay_is_left_for_another(site):
    other = site.second_relay()
    site.relays = ("eu", "us")
    site.box.apply(site.box_document())
    site.relays_answer()
    before = other.row("alice")["bytes"]
    eventually("the branch asks by the other one too", lambda: other.row("alice")["bytes"] > before + 200, within=60)
    pings = Pings(site.branch_inside, INSIDE4, interval=EVERY)
    site.net.ip("link set eth0 down")
    eventually("the other one carries", lambda: site.ends() == [OTHER4, OTHER_HUB4], within=10)
    assert pings.runs(40)
    lost = pings.lost() * EVERY
    print(f"{lost:.2f} s without an answer")
    assert lost < 3
    site.net.ip("link set eth0 up")
    eventually("the first one answers again", lambda: site.used()["state"] == "up", within=60)


def test_ipv6_needs_no_relay(site, between):
    site.open_ipv6()
    eventually("both say direct", lambda: set(site.paths()) == {"direct"}, within=90)
    eventually("both send by IPv6", lambda: site.ends() == IPV6_ENDS, within=10)
    pings = Pings(site.branch_inside, INSIDE4, interval=EVERY)
    between.close()
    eventually("a relay carries", lambda: set(site.paths()) == {"relay"}, within=10)
    between.open()
    eventually("both say direct again", lambda: set(site.paths()) == {"direct"}, within=30)
    assert pings.runs(40)
    assert 0 < pings.lost() * EVERY < 3


def test_the_order_is_the_documents(site):
    eventually("both say direct", lambda: set(site.paths()) == {"direct"}, within=90)
    site.branch.apply(site.branch_document(paths=["relay", "direct"]))
    eventually("a relay carries", lambda: set(site.paths()) == {"relay"} and site.ends() in ([RELAY4, HUB4], [OTHER4, OTHER_HUB4]), within=30)
    pings = Pings(site.branch_inside, INSIDE4, interval=EVERY)
    assert pings.runs(200)
    assert set(site.paths()) == {"relay"} and pings.lost() == 0
    refused = site.branch.apply(site.branch_document(paths=["direct"]), expect=3)
    assert 'reachability.paths: "relay" is missing' in refused.stderr
