# SPDX-License-Identifier: GPL-2.0-or-later
"""What is allotted in a cluster is the same at all of its nodes, whoever allotted it, and whatever was refused before."""

import pytest
from cluster_crowd import OWN_NAMESPACES, given_at
from cluster_site import ClusterSite
from lab import Lab


def pods(*names):
    return {name: {"services": [{"name": "web", "port": 3000, "publish": True}]} for name in names}


@pytest.fixture(name="site", scope="module")
def site_whose_second_node_had_something():
    """gw2 had a pod of its own before: what that had rests there, and gw2 alone would allot otherwise than gw1."""
    with Lab("tc") as lab:
        made = ClusterSite(lab, ["gw1", "gw2"], launcher=OWN_NAMESPACES, first={"pods": pods("first")})
        made.give_ways_out()
        alone = made.document("gw2", pods=pods("earlier"))
        del alone["cluster"]
        alone["interfaces"] = {"ens3": alone["interfaces"]["wan"]}
        made.gateways["gw2"].apply(alone)
        made.start()
        yield made


def same_at_all(site):
    first, second = (given_at(site.gateways[name]) for name in ("gw1", "gw2"))
    assert first == second
    return first


def test_the_first_document_says_what_was_allotted(site):
    assert same_at_all(site)["pod first"] == {"address of a pod": "10.101.0.3", "port": (30000,)}
    assert '"outside_port": 30000' in site.gateways["gw2"].sluice("export").stdout
    assert "for the cluster" in site.gateways["gw1"].json("history")["history"][0]["why"]


def test_what_was_refused_is_added_again_though_somebody_else_has_its_values(site):
    """A device of the pod's name is at gw2, and sluice did not make it."""
    site.gateways["gw2"].ip("link add pod-again type bridge")
    add = ("--service", "web:3000", "--publish", "web")
    site.gateways["gw1"].sluice("pod", "add", "again", *add, expect=7)
    site.await_step("gw1", "gw2")
    site.gateways["gw2"].ip("link del pod-again")
    site.gateways["gw2"].sluice("pod", "add", "other", *add)
    site.gateways["gw1"].sluice("pod", "add", "again", *add)
    given = same_at_all(site)
    assert given["pod again"]["port"] != given["pod other"]["port"]
    assert given["pod again"]["address of a pod"] != given["pod other"]["address of a pod"]
