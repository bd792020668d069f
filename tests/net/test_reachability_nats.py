# SPDX-License-Identifier: GPL-2.0-or-later
"""Routers of others: miniupnpd, one that gives nothing, one whose owner has opened the port by hand, and a carrier behind it."""

import pytest
from lab import Lab, eventually
from lab.behind_nat import (BOX4, NEIGHBOUR4, OTHER_STUN4, OUTSIDE4, PORT, ROUTER4, SHARED4, BehindNat, box_document, make_nat, router_document,
                            start_miniupnpd)
from lab.mapping_client import MappingClient
from lab.phones import own_runtime_directory

# miniupnpd gives nothing where its outside address is one of documentation, which nobody has on the internet.
PUBLIC4 = "45.0.113.1"


@pytest.fixture(scope="module")
def hook():
    return "tc"


@pytest.fixture(scope="module")
def behind(lab):
    own_runtime_directory()
    made = BehindNat(lab, outside=PUBLIC4)
    make_nat(made.router)
    made.miniupnpd = start_miniupnpd(made.router, PUBLIC4)
    made.box.start_daemon()
    lab.defer(made.box.sluice, "cleanup", expect=None)
    return made


def rules(behind):
    return behind.router.run("nft", "list", "chain", "inet", "home", "prerouting_miniupnpd").stdout


def without_reachability():
    made = box_document()
    del made["reachability"]
    return made


@pytest.mark.parametrize("way", ["pcp", "nat-pmp", "upnp"])
def test_miniupnpd_gives_a_port_by_each_way_and_gets_it_back(behind, way):
    behind.box.apply(box_document(port_mapping=[way]))
    row = eventually(f"it is mapped by {way}", lambda: (found := behind.status()["upnp"])["by"] == way and found, within=20)
    assert (row["status"], row["external_ip"], row["external_port"]) == ("mapped", PUBLIC4, PORT)
    assert f"{BOX4}:{PORT}" in rules(behind)
    eventually("strangers get through", lambda: behind.status()["endpoint"] == f"{PUBLIC4}:{PORT}", within=20)
    assert behind.status()["layers"][0]["mapped_by"] == way and len(behind.status()["layers"]) == 1
    behind.box.apply(without_reachability())
    eventually("it is given back", lambda: BOX4 not in rules(behind), within=20)


def test_of_all_ways_the_first_is_taken(behind):
    behind.box.apply(box_document())
    assert eventually("it is mapped", lambda: behind.status()["upnp"]["by"], within=20) == "pcp"


def test_miniupnpd_that_is_started_again_is_asked_again(behind):
    assert BOX4 in rules(behind)
    behind.miniupnpd.kill()
    for chain in ("miniupnpd", "prerouting_miniupnpd", "postrouting_miniupnpd"):
        behind.router.run("nft", "flush", "chain", "inet", "home", chain)
    behind.miniupnpd = start_miniupnpd(behind.router, PUBLIC4)
    eventually("it has the rule again", lambda: f"{BOX4}:{PORT}" in rules(behind), within=30)


def test_by_upnp_a_port_that_somebody_has_is_another_one(behind):
    behind.box.apply(without_reachability())
    eventually("it is given back", lambda: BOX4 not in rules(behind), within=20)
    neighbour = MappingClient(behind.neighbour, NEIGHBOUR4, ROUTER4)
    assert neighbour.ask(PORT, wanted=PORT, life=600).port == PORT
    # Another stranger: the router still knows the last one's flow to the box, by the port that the neighbour has now.
    behind.box.apply(box_document(port_mapping=["upnp"], stun=[OTHER_STUN4]))
    port = eventually("it has another one", lambda: behind.status()["upnp"]["external_port"], within=20)
    assert port != PORT
    eventually("strangers get through there", lambda: behind.status()["endpoint"] == f"{PUBLIC4}:{port}", within=20)
    assert f"{NEIGHBOUR4}:{PORT}" in rules(behind)
    neighbour.end(PORT)


@pytest.fixture(scope="module")
def plain():
    """A router that gives nothing."""
    with Lab("tc") as lab:
        made = BehindNat(lab)
        make_nat(made.router)
        made.box.start_daemon()
        lab.defer(made.box.sluice, "cleanup", expect=None)
        made.box.apply(box_document(network="plain"))
        eventually("it was asked in vain", lambda: made.status()["upnp"]["status"] == "refused", within=40)
        yield made


def test_a_router_that_gives_nothing_is_told_and_strangers_do_not_get_through(plain):
    status = eventually("its filter is known", lambda: (found := plain.status())["stun"]["filtering"] and found, within=30)
    assert status["path"] == "none" and status["endpoint"] is None
    assert "pcp: " in status["upnp"]["reason"] and "upnp: " in status["upnp"]["reason"]
    assert status["stun"]["filtering"] == "address-and-port-dependent"
    [layer] = status["layers"]
    assert (layer["outside"], layer["kind"], layer["mapped_by"]) == (OUTSIDE4, "home", None)
    assert "NAT       NAT" in plain.box.sluice("reachability", "status").stdout


def test_a_port_that_was_opened_by_hand_is_found(plain):
    plain.router.run("nft", "add", "rule", "inet", "home", "pre", "iifname", "wan", "udp", "dport", PORT, "dnat", "ip", "to", f"{BOX4}:{PORT}")
    eventually("strangers get through", lambda: plain.status()["endpoint"] == f"{OUTSIDE4}:{PORT}", within=60)
    assert plain.status()["path"] == "direct" and plain.status()["upnp"]["status"] == "refused"


@pytest.fixture(scope="module")
def shared():
    """Behind a carrier's NAT, with a router at home that gives ports."""
    with Lab("tc") as lab:
        made = BehindNat(lab, router="sluice", carrier=True)
        made.router.start_daemon()
        made.router.apply(router_document())
        made.box.start_daemon()
        lab.defer(made.box.sluice, "cleanup", expect=None)
        made.box.apply(box_document(network="shared"))
        yield made


def test_a_carrier_behind_the_router_is_named(shared):
    eventually("the port is mapped", lambda: shared.status()["upnp"]["status"] == "mapped", within=20)
    status = eventually("all is known", lambda: (found := shared.status())["stun"]["filtering"] and found["stun"]["mapping"] and found, within=40)
    assert [(layer["outside"], layer["kind"], layer["mapped_by"]) for layer in status["layers"]] == [(SHARED4, "home", "pcp"),
                                                                                                     (OUTSIDE4, "carrier", None)]
    assert status["nat"] == "carrier-grade NAT" and status["path"] == "none"
    assert status["upnp"]["external_ip"] == SHARED4, "and no stranger has a way there"
