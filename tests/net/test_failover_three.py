# SPDX-License-Identifier: GPL-2.0-or-later
"""Three nodes that all carry: two follow, and know by the third alone what there is and who is there."""

import pytest
from carrying_site import CarryingSite
from lab import clients, eventually
from pair_sessions import Sessions, answered, told
from pair_site import OUTSIDE4, PORT


class Three(CarryingSite):
    def __init__(self, lab, **more):
        super().__init__(lab, names=("gw1", "gw2", "gw3"), **more)


@pytest.fixture(scope="module", name="site")
def site_of_three():
    yield from answered("tc", kind=Three)


@pytest.fixture(autouse=True)
def settled(site):
    site.settle_all()
    yield
    site.lead()


def metrics(site):
    """What routers hear of each node."""
    paths = site.paths(site.outside)["198.51.100.8/30"]
    return {name: paths.get(site.own(name, "wan")[0]) for name in site.gateways}


def test_in_by_one_and_out_by_another_and_a_third_one_leads(site):
    first, second = (name for name in site.gateways if name != site.active())
    site.lead(first, second)
    sessions = Sessions(site)
    assert sessions.live("at once")
    told(site)
    assert sessions.live("known to all")
    site.lead(second, first)
    assert sessions.live("and the other way round")
    sessions.close()


def test_when_the_one_that_leads_is_gone_the_other_two_go_on(site):
    gone = site.active()
    stay = {name for name in site.gateways if name != gone}
    sessions = Sessions(site)
    told(site)
    eventually("all are alike", lambda: set(metrics(site).values()) == {100}, within=20)
    site.cut(gone)
    eventually("routers leave it", lambda: site.next_hops() == [stay] * 4, within=20)
    assert sessions.live("after the cut")
    assert clients.tcp_outcome(site.client, OUTSIDE4, PORT) == "answered"
    told_of = metrics(site)
    site.mend(gone)
    assert {told_of[name] for name in stay} == {99}
    site.settle_all()
    assert sessions.live("when it is back")
    eventually("all are alike again", lambda: set(metrics(site).values()) == {100}, within=20)
    sessions.close()
