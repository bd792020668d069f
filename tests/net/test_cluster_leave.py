# SPDX-License-Identifier: GPL-2.0-or-later
"""Who leaves a cluster keeps the addresses that are its own, and takes nothing that is somebody else's."""

import json

import pytest
from cluster_site import ClusterSite
from lab import Lab, eventually
from pair_site import ALL, OUTSIDE4, WAN4, PairSite


def addresses(gateway, device):
    told = json.loads(gateway.run("ip", "-j", "addr", "show", "dev", device).stdout)[0]["addr_info"]
    return {f"{row['local']}/{row['prefixlen']}" for row in told if row["family"] == "inet"}


def test_addresses_of_a_node_stay_where_none_move():
    with Lab("tc") as lab:
        site = ClusterSite(lab, ["gw1", "gw2"])
        made = site.document()
        made["interfaces"]["sync0"] = {"zone": "sync"}
        for number, name in enumerate(site.gateways, 1):
            made["cluster"]["nodes"][name]["interfaces"]["sync0"] = {"device": "sync0", "addresses": [f"10.9.5.{number}/24"]}
        site.gateways["gw1"].apply(made)
        site.await_step("gw1")
        site.join("gw2")
        site.await_step("gw1", "gw2")
        for name in ("gw2", "gw1"):   # the last one as well
            gateway, before = site.gateways[name], addresses(site.gateways[name], "sync0")
            assert f"10.9.5.{name[-1]}/24" in before
            gateway.sluice("cluster", "leave")
            assert addresses(gateway, "sync0") == before
            assert json.loads(gateway.sluice("export").stdout)["interfaces"]["sync0"]["addresses"] == [f"10.9.5.{name[-1]}/24"]


@pytest.fixture(params=["nftables", "ebpf"])
def pair(request):
    with Lab("tc") as lab:
        made = PairSite(lab, engine=request.param)
        yield made


def test_what_is_at_addresses_that_move_stays_with_the_others(pair):
    nat = pair.document()["nat"]
    nat["forwards"] += [{"name": "own", "listen": pair.device("gw1", "wan"), "protocol": "tcp", "ports": [8090], "to": "192.168.10.9:8000"}]
    nat["static"] = [{"name": "fixed", "outside": "203.0.113.77", "inside": "192.168.10.77"}]
    pair.start(sync=True, nat=nat)
    active, standby = pair.active(), pair.standby()
    gateway, device = pair.gateways[standby], pair.device(standby, "wan")
    number = list(pair.gateways).index(standby) + 1
    said = gateway.sluice("cluster", "leave", expect=None)
    assert said.returncode in (0, 6), said.stderr
    assert f'forward "web" at {WAN4} is left out' in said.stderr and 'static mapping "fixed" at 203.0.113.77 is left out' in said.stderr
    assert addresses(gateway, device) == {f"203.0.113.{10 + number}/24"}
    assert f"10.9.0.{number}/24" in addresses(gateway, "sync0")
    told = json.loads(gateway.sluice("export").stdout)
    assert [row["name"] for row in told["nat"]["forwards"]] == ["own"] and "static" not in told["nat"]
    for host in (pair.outside, pair.client):
        host.run("ip", "neigh", "flush", "all")
    assert pair.works() == ALL
    neighbour = json.loads(pair.outside.run("ip", "-j", "neigh", "show", WAN4).stdout)
    assert [row["lladdr"] for row in neighbour] == [pair.gateways[active].mac(pair.device(active, "wan"))]


def test_the_last_one_has_the_addresses_of_the_gateway_and_its_own(pair):
    pair.start(sync=True)
    active, standby = pair.active(), pair.standby()
    pair.gateways[standby].sluice("cluster", "leave", expect=None)
    eventually("it is alone", lambda: len(pair.status(active)["nodes"]) == 1, within=15)
    gateway, device = pair.gateways[active], pair.device(active, "wan")
    number = list(pair.gateways).index(active) + 1
    said = gateway.sluice("cluster", "leave")
    assert "left out" not in said.stderr
    eventually("it has them by itself", lambda: pair.holds(active) and pair.works() == ALL)
    assert {f"{WAN4}/24", f"203.0.113.{10 + number}/24"} <= addresses(gateway, device)
    assert f"10.9.0.{number}/24" in addresses(gateway, "sync0")
    assert gateway.run("ping", "-c1", "-W2", OUTSIDE4).returncode == 0
