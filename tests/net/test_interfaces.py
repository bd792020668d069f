# SPDX-License-Identifier: GPL-2.0-or-later
"""Interfaces that are missing, disappear and come back; the hook that was asked for."""

import time

import documents
import pytest
from lab import HomeLab, clients, eventually, servers
from lab.home import INSIDE4, OUTSIDE4
from lab.kills import computed

DEGRADED = 6


@pytest.fixture(scope="module")
def document(hook):
    made = documents.home(hook)
    made["interfaces"]["dmz"] = documents.interface("dmz", hook, "172.20.1.1/24")
    made["policies"] += [documents.policy("dmz-out", ["dmz", "lan"], ["internet", "dmz"])]
    made["nat"]["masquerade"][0]["from"] = ["lan", "dmz"]
    return made


@pytest.fixture(scope="module")
def home(lab, document):
    """Sluice starts while the device `dmz` does not exist yet."""
    made = HomeLab(lab)
    made.gateway.start_daemon()
    done = made.gateway.apply(document, expect=DEGRADED)
    assert "dmz" in done.stdout + done.stderr
    made.route_gateway()
    servers.tcp_peer_server(made.outside, 7000)
    return made


def row(home, name):
    return next(row for row in home.gateway.show("interfaces") if row["name"] == name)


def plug_in(home):
    """The device and a host behind it."""
    host = home.lab.host(f"dmz{len(home.lab.hosts)}")
    home.lab.wire((home.gateway, "dmz"), (host, "eth0"))
    host.addresses("eth0", "172.20.1.9/24").routes("default via 172.20.1.1")
    eventually("sluice uses the device", lambda: row(home, "dmz")["state"] == "up")
    eventually("it has its address", lambda: home.gateway.has_address("dmz", "172.20.1.1/24"))
    return host


def test_the_hook_is_the_one_that_was_asked_for(home, hook):
    assert (row(home, "wan")["hook"], row(home, "lan")["hook"]) == (hook, hook)


def test_interfaces_show_zone_addresses_and_mtu(home):
    shown = row(home, "wan")
    assert (shown["zone"], shown["mtu"], shown["state"]) == ("internet", 1500, "up")
    assert "203.0.113.1/24" in shown["addresses"]


def test_a_missing_device_is_reported_and_the_others_work(home):
    assert row(home, "dmz")["state"] == "missing"
    assert row(home, "dmz").keys() == row(home, "wan").keys()
    assert any("dmz" in text for text in home.gateway.json("status")["degraded"])
    assert clients.tcp_peer(home.inside, OUTSIDE4, 7000).address != INSIDE4


def test_a_device_that_appears_is_taken_into_service(home, hook):
    host = plug_in(home)
    assert clients.tcp_peer(host, OUTSIDE4, 7000).address == "203.0.113.1"
    assert row(home, "dmz")["hook"] == hook
    assert home.gateway.json("status")["degraded"] == []


def test_a_device_that_disappears_is_reported_and_picked_up_when_it_returns(home):
    home.gateway.ip("link del dmz")
    eventually("the loss is reported", lambda: row(home, "dmz")["state"] == "missing")
    clients.ping(home.inside, OUTSIDE4)
    host = plug_in(home)
    assert clients.tcp_peer(host, OUTSIDE4, 7000).address == "203.0.113.1"


def test_a_link_that_somebody_sets_down_is_put_up_and_carries_traffic(home):
    home.gateway.ip("link set lan down")
    eventually("the inside reaches the outside again",
               lambda: clients.tcp_outcome(home.inside, OUTSIDE4, 7000) == "answered")
    eventually("IPv6 has its address again", lambda: home.gateway.has_address("lan", "2001:db8:10::1/64"))


def test_a_changed_address_of_the_device_is_put_back(home):
    home.gateway.ip("addr del 172.20.1.1/24 dev dmz")
    eventually("the address is back", lambda: home.gateway.has_address("dmz", "172.20.1.1/24"))


def test_an_interface_that_leaves_the_document_is_left_alone(restored, hook):
    restored.gateway.apply(documents.home(hook))
    assert not restored.gateway.has_address("dmz", "172.20.1.1/24")
    assert "dmz" not in [row["name"] for row in restored.gateway.show("interfaces")]


@pytest.mark.parametrize("hook", ["xdp"], indirect=True)
def test_a_device_that_xdp_does_not_take_yet_is_taken_as_soon_as_it_can_be(home, hook):
    """Nobody tells the gateway when the other end of a veth lowers its MTU. It used to try again after five seconds."""
    if "dmz" in home.gateway.ip("-br link show").stdout:
        home.gateway.ip("link del dmz")
        eventually("sluice knows", lambda: row(home, "dmz")["state"] == "missing")
    host = home.lab.host(f"dmz{len(home.lab.hosts)}")
    told = home.gateway.daemon.output().count("put the machine right")
    home.lab.run("ip", "link", "add", "name", "dmz", "netns", home.gateway.namespace, "type", "veth", "peer", "name", "eth0",
                 "netns", host.namespace, "mtu", 9000)
    host.ip("link set eth0 up")
    eventually("it is refused", lambda: home.gateway.daemon.output().count("put the machine right") > told)
    looks = [0]
    eventually("the kernel has no more to tell", lambda: looks.append(computed(home.gateway)) or looks[-1] == looks[-2])
    host.ip("link set eth0 mtu 1500")
    repaired = time.monotonic()
    eventually("sluice uses the device", lambda: "xdp" in home.gateway.ip("link show dev dmz").stdout)
    assert time.monotonic() - repaired < 4
    home.gateway.ip("link del dmz")
