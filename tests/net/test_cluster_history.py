# SPDX-License-Identifier: GPL-2.0-or-later
"""Ten gateways that are all changed at once, while the leader of etcd is killed again and again: nothing is given twice, nothing that was
acknowledged is lost, nothing that is there was said to have come to nothing, and all have the same in the end."""

import os

import pytest
from cluster_crowd import OWN_NAMESPACES, Crowd, given_at
from cluster_history import DONE, NOTHING, UNKNOWN, Attempt, complaints
from cluster_site import ClusterSite
from lab import Lab, eventually

NODES = [f"gw{number}" for number in range(1, 11)]
# Each gives an address, and to a pod so many ports as well.
COMMANDS = int(os.environ.get("SLUICE_CROWD_COMMANDS", "20"))
PORTS = int(os.environ.get("SLUICE_CROWD_PORTS", "1"))
FIRST = {"pods": {"p": {"services": [{"name": "web", "port": 3000, "publish": True}]}},
         "networks": {"first": {"type": "remote-resource", "resources": ["198.51.100.0/24"], "expected_users": min(254, max(60, COMMANDS))}}}
A, B = {"port": 30000}, {"port": 30001}


def test_a_crowd_at_ten_gateways_whose_etcd_loses_its_leaders():
    with Lab("tc") as lab:
        site = ClusterSite(lab, NODES, members=3, launcher=OWN_NAMESPACES, first=FIRST)
        site.give_ways_out()
        site.start()
        crowd = Crowd(site, COMMANDS, PORTS)
        attempts = crowd.run()
        print(*attempts, sep="\n")   # shown where it fails
        site.etcd.await_all()
        eventually("all of them have the same", lambda: all(map(site.in_step, NODES)), within=40)
        ends = {name: given_at(gateway) for name, gateway in site.gateways.items()}
        wrong = complaints(attempts, ends)
        assert not wrong, "\n".join(wrong)
        assert not crowd.undone()
        assert len(ends["gw1"]) == COMMANDS + 2
        assert not [line for gateway in site.gateways.values() for line in gateway.daemon.output().splitlines() if "process has ended" in line]


@pytest.mark.parametrize("attempts, ends, wrong", [
    ([Attempt("a", "gw1", DONE, values=A)], {"gw1": {"a": A}, "gw2": {"a": A}}, None),
    ([Attempt("a", "gw1", DONE, values=A)], {"gw1": {"a": A}, "gw2": {}}, "a, done at gw1, is not at gw2"),
    ([Attempt("a", "gw1", DONE, values=A)], {"gw1": {"a": B}}, "a, done at gw1, was {'port': 30000} and is {'port': 30001} at gw1"),
    ([], {"gw1": {"a": A, "b": A}}, "port 30000 is that of a and b at gw1"),
    ([], {"gw1": {"a": {"port": (30000, 30001)}, "b": {"port": (30002, 30001)}}}, "port 30001 is that of a and b at gw1"),
    ([], {"gw1": {"a": A}, "gw2": {"a": B}}, "a is {'port': 30000} at gw1 and {'port': 30001} at gw2"),
    ([Attempt("a", "gw1", NOTHING)], {"gw1": {}}, None),
    ([Attempt("a", "gw1", UNKNOWN)], {"gw1": {"a": A}}, None),
    ([Attempt("a", "gw1", NOTHING)], {"gw1": {"a": A}}, "a was said to have come to nothing, and is at gw1"),
    ([Attempt("a", "gw1", NOTHING), Attempt("a", "gw1", DONE, values=A)], {"gw1": {"a": A}}, None),
    ([Attempt("a", "gw1", NOTHING), Attempt("a", "gw1", NOTHING, True)], {"gw1": {"a": A}},
     "a was said to have come to nothing, and was there already at gw1"),
    ([Attempt("a", "gw1", UNKNOWN), Attempt("a", "gw1", NOTHING, True)], {"gw1": {"a": A}}, None),
], ids=lambda value: None)
def test_the_checker_finds_what_is_wrong_and_nothing_else(attempts, ends, wrong):
    found = complaints(attempts, ends)
    assert wrong in found if wrong else not found
