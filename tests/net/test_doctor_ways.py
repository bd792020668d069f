# SPDX-License-Identifier: GPL-2.0-or-later
"""What `sluice doctor` finds out about ways: how large packets may be (`--probe`), two ways out, and what rules have left behind."""

import pytest
from lab import clients, servers
from lab.home import FAR4, FAR6, OUTSIDE4, OUTSIDE6, WAN4

SMALLER = 1300
SILENT = ("add table inet silent; add chain inet silent out { type filter hook output priority 0; }; "
          "add rule inet silent out icmp type destination-unreachable drop; add rule inet silent out icmpv6 type packet-too-big drop")


OTHERS = ("add table ip others; add chain ip others out {{ type nat hook postrouting priority srcnat; }}; "
          "add rule ip others out ip daddr {} udp dport 7300 snat to {}")


@pytest.fixture(scope="module", params=["tc"])
def hook(request):
    """What is looked at is the machine."""
    return request.param


def checked(home, name):
    return next((row for row in home.gateway.json("doctor")["checks"] if row["name"] == name), None)


def probed(home, address):
    for family in ("-4", "-6"):   # what routers said before
        home.gateway.run("ip", family, "route", "flush", "cache")
    checks = home.gateway.json("doctor", "--probe", address)["checks"]
    return next(row for row in checks if row["name"] == f"path to {address}")


@pytest.fixture
def narrow(home):
    """Behind the outside."""
    def widths(bytes):
        home.outside.ip(f"link set dev eth1 mtu {bytes}")
        home.far.ip(f"link set dev eth0 mtu {bytes}")
    widths(SMALLER)
    yield
    widths(1500)


@pytest.fixture
def silent(home):
    home.outside.run("nft", SILENT)
    yield
    home.outside.run("nft", "delete table inet silent")


@pytest.mark.parametrize("address", [OUTSIDE4, OUTSIDE6, FAR4, FAR6])
def test_what_the_link_takes_gets_through(home, address):
    row = probed(home, address)
    assert (row["state"], row["finding"]) == ("ok", "packets of 1500 bytes get through")


@pytest.mark.parametrize("address", [FAR4, FAR6])
def test_a_router_that_says_so_is_no_fault(home, narrow, address):
    row = probed(home, address)
    assert row["state"] == "ok" and row["finding"].startswith(f"packets of {SMALLER} bytes get through, and routers say so")


@pytest.mark.parametrize("address", [FAR4, FAR6])
def test_a_router_that_is_silent_is_a_hole(home, narrow, silent, address):
    row = probed(home, address)
    assert (row["state"], row["finding"]) == ("warning", f"packets of more than {SMALLER} bytes vanish")
    assert f"mtu {SMALLER}" in row["remedy"]


def test_who_does_not_answer_is_said(home):
    assert probed(home, "203.0.113.200")["finding"] == "it does not answer"


def test_what_is_no_address_is_refused(home):
    assert '"outside" is no address' in home.gateway.sluice("doctor", "--probe", "outside", expect=2).stderr


def test_flows_of_rules_that_are_gone_are_told(home):
    """Of the gateway's own: what it forwards is translated by sluice."""
    gateway = home.gateway
    servers.udp_peer_server(home.outside, 7300)
    gateway.run("nft", OTHERS.format(OUTSIDE4, WAN4))
    clients.udp_peer(gateway, OUTSIDE4, 7300, source=("203.0.113.5", 0))
    assert checked(home, "connection tracking") is None, "the rules are there"
    gateway.run("nft", "delete table ip others")
    row = checked(home, "connection tracking")
    assert row["state"] == "warning" and f"> {OUTSIDE4}:7300" in row["finding"] and "conntrack -D" in row["remedy"]


def test_two_ways_out_of_two_zones_are_told(home):
    assert checked(home, "ways out") is None
    home.gateway.ip("route add default via", "192.168.10.2", "dev lan metric 900")
    row = checked(home, "ways out")
    home.gateway.ip("route del default via", "192.168.10.2", "dev lan metric 900")
    assert row["state"] == "warning" and "lan (lan)" in row["finding"] and "loose" in row["remedy"]
