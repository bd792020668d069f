# SPDX-License-Identifier: GPL-2.0-or-later
"""keepalived as a unit that sluiced starts and takes up again. One gateway with systemd and a stock kernel, a node of a cluster whose etcd is nowhere."""

import json

import pytest
from installed_gateway import InstalledGateway, Wires, make_disk
from lab import Lab, eventually
from lab.home import OUTSIDE4
from test_debian_units import exposure, process_of, state_of

MOVES, MOVED4 = "sluice-vrrp.service", "192.168.77.1/24"


@pytest.fixture(scope="module")
def gateway(kernel, tmp_path_factory):
    with Lab("tc") as lab:
        disk = tmp_path_factory.mktemp("disk") / "disk"
        made = InstalledGateway(kernel, Wires(lab), disk, None)
        make_disk(disk, made.package_root)
        with made:
            eventually("sluiced answers", lambda: state_of(made, "sluiced.service") == "active", within=120)
            yield made


def clustered():
    """Its etcd is nowhere: addresses move without it."""
    return {
        "version": 1, "engine": "nftables",
        "interfaces": {"wan": {"zone": "internet"}, "lan": {"zone": "lan", "addresses": [MOVED4]}},
        "cluster": {"name": "edge", "node": "gw1", "store": {"etcd": [f"https://{OUTSIDE4}:2379"]}, "addresses": {"by": "vrrp", "interface": "wan", "id": 51}},
    }


def has_moved_address(gateway):
    return MOVED4 in gateway.words("ip", "-o", "address", "show", "dev", "lan")


def test_addresses_of_a_cluster_are_moved_by_a_unit(gateway):
    gateway.write("/etc/sluice/edge.json", json.dumps(clustered()))
    said = gateway.run("sluice", "apply", "/etc/sluice/edge.json", expect=None)
    assert said["status"] == 1, "it is in force, and goes on trying to reach etcd"
    eventually("keepalived has put the address there", lambda: has_moved_address(gateway), within=30)
    assert exposure(gateway, MOVES) <= 3.0
    before = process_of(gateway, MOVES)
    gateway.run("systemctl", "restart", "sluiced")
    eventually("sluiced answers", lambda: state_of(gateway, "sluiced.service") == "active", within=60)
    assert process_of(gateway, MOVES) == before and has_moved_address(gateway)


def test_moving_ends_and_comes_back(gateway):
    before = process_of(gateway, MOVES)
    gateway.run("systemctl", "kill", "--signal=KILL", MOVES)
    eventually("it is another one", lambda: process_of(gateway, MOVES) not in ("0", before), within=60)
    eventually("and the address is there", lambda: has_moved_address(gateway), within=30)


def test_who_leaves_a_cluster_that_nobody_can_ask_has_no_address_of_it(gateway):
    gateway.sluice("cluster", "leave")
    eventually("the unit is gone", lambda: state_of(gateway, MOVES) == "inactive", within=30)
    assert not has_moved_address(gateway)
