# SPDX-License-Identifier: GPL-2.0-or-later
"""A session that began with a SYN cookie goes on when another node takes the addresses: so do its numbers, which the gateway translates. On each engine."""

import socket

import pytest
from lab import clients, eventually, floods
from lab.sites import WAYS
from pair_sessions import answered, go_and_come_back, told
from pair_site import PUBLISHED, WAN4

LIMIT, NOBODY = 8, "203.0.113.128/25"


@pytest.fixture(scope="module", params=list(WAYS))
def site(request):
    yield from answered(request.param, sync=True)


def guarded(site, name):
    """The document with a forward that has room for a few handshakes and answers others by SYN cookies."""
    made = site.document(name, sync=True)
    made["nat"]["forwards"][0] |= {"half_open": LIMIT, "syn_cookies": True}
    return made


def half_open(site, name):
    return next(row["half_open"] for row in site.gateways[name].show("forwards") if row["name"] == "web")


def begun_by_cookie(site):
    """From outside, while SYNs of those who do not answer fill the forward."""
    active = site.active()
    with floods.flood(site.outside, site.gateways[active].mac(site.device(active, "wan")), "tcp", NOBODY, WAN4, PUBLISHED, 10, 1000, device="wire"):
        eventually("the limit is reached", lambda: half_open(site, active) >= LIMIT)
        session = clients.EchoedConnection(site.outside, WAN4, PUBLISHED)
    assert session.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[5] & 0b111 == 0, "a cookie has no room for options"
    return session


def test_a_session_that_began_with_a_syn_cookie_goes_on(site, request):
    """Its sequence numbers are translated, also by the node that did not see it begin; and by the first one again."""
    site.gateways[site.active()].apply(guarded(site, site.active()))
    request.addfinalizer(lambda: site.gateways[site.active()].apply(site.document(site.active(), sync=True)))
    site.settle()
    eventually("the other node has all", site.is_told)
    session = begun_by_cookie(site)
    assert session.says("before") and session.says("x" * 50_000)
    go_and_come_back(site, session)
    assert session.says("after the way back") and session.says("x" * 50_000)
    active, standby = site.active(), site.standby()
    site.settle()
    eventually("the other node has all", site.is_told)
    told(site)
    site.grow_old()
    site.cut(active)
    eventually("the other one is active", lambda: site.holds(standby))
    assert session.says("after a cut") and session.says("x" * 50_000)
    site.mend(active)
    site.settle()
    session.reset()
