# SPDX-License-Identifier: GPL-2.0-or-later
"""A document of the cluster that etcd does not have, or not as it was written: whoever waits for it says so."""

import json

import pytest
from cluster_site import started
from lab import eventually


@pytest.fixture(scope="module")
def site():
    yield from started()


def test_a_document_that_is_not_in_etcd_is_told_where_it_is_waited_for(site):
    """Somebody removed it; who has it goes on, and who comes says why he does not have it."""
    head = site.status("gw1")["revision"]["id"]
    gateway, place = site.gateways["gw3"], f"/sluice/edge/documents/{head}/"
    gateway.sluice("cluster", "leave")
    site.etcd.ctl("del", "--prefix", place)
    told = f"etcd has nothing at {place}"
    assert told in site.join("gw3", "--replace", expect=1).stderr
    assert told in site.status("gw3")["document_trouble"]
    assert any("in the cluster cannot be had here" in row and told in row for row in gateway.json("status")["degraded"])
    assert f"behind: revision {site.status('gw1')['revision']['number']} of " in gateway.sluice("cluster", "status").stdout
    assert told in gateway.daemon.output()
    assert site.status("gw1")["document_trouble"] is None and site.in_step("gw1") is False
    made = json.loads(site.gateways["gw1"].sluice("export").stdout)
    site.gateways["gw1"].apply(made, expect=None)
    site.await_step("gw1", "gw2", "gw3")
    assert site.status("gw3")["document_trouble"] is None and gateway.json("status")["degraded"] == []


def test_another_document_in_its_place_is_told(site):
    head = site.status("gw1")["revision"]["id"]
    gateway, place = site.gateways["gw3"], f"/sluice/edge/documents/{head}/"
    gateway.sluice("cluster", "leave")
    site.etcd.ctl("put", f"{place}0000", json.dumps({"text": "{}", "files": {}}))
    assert f"what etcd has at {place} is another document" in site.join("gw3", "--replace", expect=1).stderr
    site.etcd.ctl("put", f"{place}0000", "{")
    eventually("it is told", lambda: f"at {place} is not a whole document" in (site.status("gw3")["document_trouble"] or ""))
