# SPDX-License-Identifier: GPL-2.0-or-later
"""What one node exports, applied at any of them, is the document of all. At gw2 two devices have each other's names, at gw1 one has another's."""

import hashlib
import json

import pytest
from cluster_site import ClusterSite
from lab import Lab, eventually

BRIDGES = ("lan", "dmz", "br0")


@pytest.fixture(scope="module")
def site():
    with Lab("tc") as lab:
        made = ClusterSite(lab, ["gw1", "gw2"])
        for gateway in made.gateways.values():
            for device in BRIDGES:
                gateway.ip(f"link add {device} type bridge")
        made.start()
        made.gateways["gw1"].apply(document(made))
        made.await_step("gw1", "gw2")
        yield made


def document(site, **more):
    made = site.document(**more)
    made["interfaces"] |= {"lan": {"zone": "lan"}, "dmz": {"zone": "dmz"}}
    nodes = made["cluster"]["nodes"]
    nodes["gw1"]["interfaces"] |= {"lan": "dmz", "dmz": "br0"}
    nodes["gw2"]["interfaces"] |= {"lan": "dmz", "dmz": "lan"}
    return made


def zones(gateway):
    return {row["name"]: row["zone"] for row in gateway.show("interfaces")}


AT_GW1 = {"eth0": "internet", "dmz": "lan", "br0": "dmz"}
AT_GW2 = {"ens3": "internet", "dmz": "lan", "lan": "dmz"}


def apply_export(site, of, at, expect=0, **change):
    text = json.dumps(json.loads(site.gateways[of].sluice("export").stdout) | change)
    file = site.lab.directory / f"of-{of}.json"
    file.write_text(text, encoding="utf-8")
    return site.gateways[at].sluice("apply", file, expect=expect)


@pytest.mark.parametrize("of", ["gw1", "gw2"])
@pytest.mark.parametrize("at", ["gw1", "gw2"])
def test_an_export_changes_nothing_at_any_node(site, of, at):
    before = {name: gateway.sluice("export").stdout for name, gateway in site.gateways.items()}
    said = apply_export(site, of, at)
    assert "in force at 2 nodes" in said.stderr
    site.await_step("gw1", "gw2")
    assert zones(site.gateways["gw1"]) == AT_GW1 and zones(site.gateways["gw2"]) == AT_GW2
    assert {name: json.loads(gateway.sluice("export").stdout) for name, gateway in site.gateways.items()} == {
        name: json.loads(text) for name, text in before.items()}
    assert site.reached() == site.all("answered")


def test_one_that_was_edited_is_in_force_everywhere(site):
    revisions = site.gateways["gw2"].json("status")["revision"]
    apply_export(site, "gw2", "gw1", policies=[])
    site.await_step("gw1", "gw2")
    assert site.reached() == site.all("silence")
    assert zones(site.gateways["gw1"]) == AT_GW1 and zones(site.gateways["gw2"]) == AT_GW2
    assert site.gateways["gw2"].json("status")["revision"] == revisions + 1
    site.gateways["gw2"].sluice("forward", "add", "late", "--listen", "203.0.113.1", "--ports", "81", "--to", "192.0.2.7:80")
    assert zones(site.gateways["gw2"]) == AT_GW2
    site.gateways["gw1"].apply(document(site))
    eventually("it is open again", lambda: site.reached() == site.all("answered"))


def test_a_device_that_is_another_interface_too_is_refused(site):
    made = document(site)
    made["cluster"]["nodes"]["gw2"]["interfaces"] = {"wan": "ens3", "lan": "dmz"}
    for gateway in site.gateways.values():
        said = gateway.apply(made, expect=3)
        assert "cluster.nodes.gw2.interfaces.lan: " in said.stderr and "is another interface of the document" in said.stderr


def id_of(document):
    whole = json.dumps([document["text"], document["files"]], separators=(",", ":"), ensure_ascii=False)
    return hashlib.blake2b(whole.encode(), digest_size=16).hexdigest()


def test_what_is_another_text_here_is_not_tried_again_and_again(site):
    """Somebody wrote it into etcd by hand: it is not what all share, but as one node has it."""
    head = site.status("gw1")["revision"]
    document = json.loads(site.etcd.ctl("get", "--print-value-only", f"/sluice/edge/documents/{head['id']}/0000").stdout)
    assert id_of(document) == head["id"]
    document["text"] = document["text"].replace('"any"', '"gw1"')
    made = head | {"id": id_of(document), "node": "elsewhere"}
    revisions = {name: gateway.json("status")["revision"] for name, gateway in site.gateways.items()}
    site.etcd.ctl("put", f"/sluice/edge/documents/{made['id']}/0000", json.dumps(document))
    site.etcd.ctl("put", "/sluice/edge/state/proposal", json.dumps({"revision": made, "seconds": 60, "waits": False}))
    for name in site.gateways:
        eventually("it says why", lambda at=name: "not the same document" in site.etcd.ctl("get", f"/sluice/edge/state/answers/{at}").stdout)
    site.etcd.ctl("del", "/sluice/edge/state/proposal")
    site.await_step("gw1", "gw2")
    assert {name: gateway.json("status")["revision"] for name, gateway in site.gateways.items()} == revisions
