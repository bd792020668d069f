# SPDX-License-Identifier: GPL-2.0-or-later
"""Several gateways with one document in etcd: in force at each of them or at none. On one engine: only daemons decide here."""

import json
import os
import signal
import time

import pytest
from cluster_site import STORE4, started
from lab import eventually
from lab.helper_process import process_of
from lab.pace import patience


@pytest.fixture(scope="module")
def site():
    yield from started()


@pytest.fixture(autouse=True)
def open_again(site):
    """Each test begins with all of them in step, and the server open."""
    yield
    site.await_step(*site.gateways)
    if site.reached() != site.all("answered"):
        site.gateways["gw1"].apply(site.document())


def test_who_joins_has_the_document_of_the_others_with_its_own_devices(site):
    assert site.reached() == site.all("answered")
    for name, device in {"gw1": "eth0", "gw2": "ens3", "gw3": "wan"}.items():
        told = json.loads(site.gateways[name].sluice("export").stdout)
        assert list(told["interfaces"]) == [device] and told["cluster"]["node"] == name
        assert [row["name"] for row in site.gateways[name].show("interfaces")] == [device]
    status = site.status("gw3")
    assert [(row["node"], row["own"], row["state"]) for row in status["nodes"]] == [
        ("gw1", False, "running"), ("gw2", False, "running"), ("gw3", True, "running")]
    assert status["revision"]["node"] == "gw1" and status["trouble"] is None


def test_what_is_applied_at_one_is_in_force_at_all_when_that_ends(site):
    said = site.gateways["gw2"].apply(site.document(opens=False))
    assert "in force at 3 nodes of cluster edge" in said.stderr
    assert site.reached() == site.all("silence")
    newest = site.gateways["gw3"].json("history")["history"][0]
    assert newest["who"] == "root at gw2" and newest["in_force"] and not newest["pending"]
    assert all(site.gateways[name].json("status")["pending_confirmation"] is None for name in site.gateways)


def test_edits_by_command_are_changes_of_all(site):
    site.gateways["gw3"].sluice("forward", "add", "late", "--listen", "203.0.113.1", "--ports", "81", "--to", "192.0.2.7:80")
    assert all("late" in [row["name"] for row in gateway.show("forwards")] for gateway in site.gateways.values())
    site.gateways["gw1"].sluice("forward", "remove", "late")
    assert not any(gateway.show("forwards") for gateway in site.gateways.values())


def test_what_one_cannot_have_is_in_force_nowhere(site):
    """A device of this name is at gw3 alone, and sluice did not make it."""
    site.gateways["gw3"].ip("link add br7 type bridge")
    made = site.document(opens=False)
    made["interfaces"]["br7"] = {"bridge": {"members": []}, "zone": "dmz"}
    said = site.gateways["gw1"].apply(made, expect=7)
    assert "gw3: " in said.stderr and "br7" in said.stderr
    site.await_step(*site.gateways)
    assert site.reached() == site.all("answered")
    assert all("br7" not in gateway.sluice("export").stdout for gateway in site.gateways.values())
    site.gateways["gw3"].ip("link del br7")


def test_a_node_that_lacks_something_is_named(site):
    """A device that the document names is at all but one."""
    for name in ("gw1", "gw2"):
        site.gateways[name].ip("link add lan type bridge")
    made = site.document()
    made["interfaces"]["lan"] = {"zone": "lan"}
    said = site.gateways["gw1"].apply(made, expect=6)
    assert "in force at 3 nodes" in said.stderr and "gw3 is degraded" in said.stderr and "gw2 is" not in said.stderr
    site.gateways["gw2"].apply(site.document())
    for name in ("gw1", "gw2"):
        site.gateways[name].ip("link del lan")


def test_a_change_is_confirmed_at_any_node(site):
    said = site.gateways["gw1"].sluice("apply", site.gateways["gw1"].write(site.document(opens=False)), "--confirm", "60s")
    assert "waits to be confirmed at any of them" in said.stderr
    assert site.reached() == site.all("silence")
    refused = site.gateways["gw2"].apply(site.document(), expect=1)
    assert "is being tried" in refused.stderr
    site.gateways["gw3"].sluice("confirm")
    site.await_step(*site.gateways)
    assert site.reached() == site.all("silence")


def test_what_nobody_confirms_is_taken_back_everywhere(site):
    site.gateways["gw2"].sluice("apply", site.gateways["gw2"].write(site.document(opens=False)), "--confirm", f"{patience(3):.0f}s")
    assert site.reached() == site.all("silence")
    eventually("it is taken back", lambda: site.reached() == site.all("answered"), within=15)
    site.await_step(*site.gateways)


def test_who_never_answers_is_named(site):
    """Its daemon stands still; what speaks with etcd for it does not."""
    stuck = site.gateways["gw3"].daemon
    stuck.signal(signal.SIGSTOP)
    try:
        said = site.gateways["gw1"].sluice("apply", site.gateways["gw1"].write(site.document(opens=False)), "--confirm", f"{patience(3):.0f}s", expect=7)
    finally:
        stuck.signal(signal.SIGCONT)
    assert "it was taken back at gw1, and gw3 had not answered" in said.stderr
    site.await_step(*site.gateways)
    assert site.reached() == site.all("answered")


def test_who_takes_it_back_takes_it_back_everywhere(site):
    site.gateways["gw1"].sluice("apply", site.gateways["gw1"].write(site.document(opens=False)), "--confirm", "60s")
    site.gateways["gw3"].sluice("rollback")
    eventually("it is taken back", lambda: site.reached() == site.all("answered"), within=15)
    site.await_step(*site.gateways)
    assert "taken back" in site.status("gw1")["withdrawn"]["why"]


def test_an_earlier_revision_is_in_force_everywhere(site):
    site.gateways["gw1"].apply(site.document(opens=False))
    site.gateways["gw2"].sluice("rollback")
    assert site.reached() == site.all("answered")


def test_one_with_a_file_of_roots_too(site):
    """Whoever applied it was asked then."""
    for gateway in site.gateways.values():
        (gateway.state / "web.token").write_text("a-token-of-32-characters-or-more-of-roots", encoding="ascii")
    site.gateways["gw1"].apply(site.document(metrics={"listen": "127.0.0.1:9469", "token_file": "web.token"}))
    site.gateways["gw1"].apply(site.document(opens=False))
    site.gateways["gw2"].sluice("rollback")
    assert "metrics" in json.loads(site.gateways["gw1"].sluice("export").stdout) and site.reached() == site.all("answered")


def test_a_document_of_no_cluster_and_one_that_is_wrong_change_nothing(site):
    alone = site.document()
    del alone["cluster"]
    said = site.gateways["gw1"].apply(alone, expect=3)
    assert "cluster leave" in said.stderr
    other = site.document()
    other["cluster"]["name"] = "others"
    assert "one of cluster others" in site.gateways["gw1"].apply(other, expect=3).stderr
    assert "unknown key" in site.gateways["gw2"].apply(site.document(oops=1), expect=3).stderr
    assert site.in_step("gw1") and site.in_step("gw2")


def test_a_node_that_was_away_has_what_it_missed(site):
    gateway = site.gateways["gw3"]
    gateway.stop_daemon()
    eventually("it is off the list", lambda: len(site.status("gw1")["nodes"]) == 2)
    site.gateways["gw1"].apply(site.document(opens=False))
    assert site.reached() == {"gw1": "silence", "gw2": "silence", "gw3": "answered"}
    gateway.start_daemon()
    site.await_step("gw3")
    assert site.reached() == site.all("silence")


@pytest.mark.parametrize("killed", ["gw1", "gw3"], ids=["who proposed", "another"])
def test_a_daemon_that_is_killed_meanwhile_goes_on_where_it_was(site, killed):
    site.gateways["gw1"].sluice("apply", site.gateways["gw1"].write(site.document(opens=False)), "--confirm", "60s")
    site.gateways[killed].daemon.kill()
    site.gateways[killed].start_daemon()
    eventually("all have it", lambda: site.status("gw2")["complete"] and len(site.status("gw2")["nodes"]) == 3, within=20)
    site.gateways["gw2"].sluice("confirm")
    site.await_step(*site.gateways)
    assert site.reached() == site.all("silence")


def test_what_was_answered_before_a_daemon_was_killed_counts_for_as_long_as_it_waits(site):
    """etcd forgets what a process said when that one's lease is over, which is later where nobody could end it."""
    gateway = site.gateways["gw3"]
    site.gateways["gw1"].sluice("apply", site.gateways["gw1"].write(site.document(opens=False)), "--confirm", "60s")
    os.kill(process_of(gateway, "cluster"), signal.SIGKILL)
    gateway.daemon.kill()
    lease = site.etcd.lease_of("edge/state/answers/gw3")
    assert lease
    gateway.start_daemon()
    eventually("the answer is not of that lease any more", lambda: site.etcd.lease_of("edge/state/answers/gw3") != lease, within=30)
    eventually("all have it", lambda: site.status("gw2")["complete"] and len(site.status("gw2")["nodes"]) == 3, within=5)
    site.gateways["gw2"].sluice("confirm")
    site.await_step(*site.gateways)


def test_without_the_store_all_goes_on_and_nothing_changes(site):
    site.etcd.kill()
    eventually("it is noticed", lambda: all(site.status(name)["trouble"] for name in site.gateways), within=20)
    assert site.reached() == site.all("answered")
    said = site.gateways["gw2"].apply(site.document(opens=False), expect=1)
    assert "cluster edge cannot change now: " in said.stderr and f"etcd at {STORE4}" in said.stderr
    assert any("store cannot be asked" in row for row in site.gateways["gw2"].json("status")["degraded"])
    assert site.gateways["gw2"].sluice("show", "policies").returncode == 0
    site.etcd.start()
    site.await_step(*site.gateways)
    site.gateways["gw2"].apply(site.document(opens=False))
    assert site.reached() == site.all("silence")


def test_what_waits_when_the_store_goes_is_taken_back_by_each_node(site):
    """None of them can know what the others do, and each ends where all of them began."""
    site.gateways["gw1"].sluice("apply", site.gateways["gw1"].write(site.document(opens=False)), "--confirm", "8s")
    assert site.reached() == site.all("silence")
    site.etcd.kill()
    eventually("it is noticed", lambda: all(site.status(name)["trouble"] for name in site.gateways), within=20)
    assert "the cluster cannot be told" in site.gateways["gw2"].sluice("confirm", expect=1).stderr
    eventually("it is taken back", lambda: site.reached() == site.all("answered"), within=20)
    site.etcd.start()
    site.await_step(*site.gateways)
    assert site.reached() == site.all("answered")


def test_a_watch_that_begins_before_what_etcd_remembers_goes_on(site):
    """etcd forgets (compaction) while a node cannot reach it."""
    site.store.ip("link set s3 down")
    eventually("it is noticed", lambda: site.status("gw3")["trouble"], within=20)
    eventually("it is off the list", lambda: len(site.status("gw1")["nodes"]) == 2, within=20)
    site.gateways["gw1"].apply(site.document(opens=False))
    revision = json.loads(site.etcd.ctl("get", "/sluice/edge/state/head", "-w", "json").stdout)["header"]["revision"]
    site.etcd.ctl("compact", str(revision))
    site.store.ip("link set s3 up")
    site.await_step("gw3")
    assert site.reached() == site.all("silence")


def test_a_document_that_is_not_there_is_not_asked_for_without_end(site):
    """Somebody removed it, or wrote the proposal by hand: each node asks again once a second."""
    made = site.status("gw1")["revision"] | {"id": "0" * 32, "node": "elsewhere"}
    site.etcd.ctl("put", "/sluice/edge/state/proposal", json.dumps({"revision": made, "seconds": 60, "waits": False}))
    eventually("all of them see it", lambda: all(site.status(name)["proposal"] for name in site.gateways))
    before, seconds = site.etcd.reads(), 4
    time.sleep(seconds)   # the time that is measured
    asked = site.etcd.reads() - before
    assert len(site.gateways) <= asked <= len(site.gateways) * (seconds + 2), asked
    site.etcd.ctl("del", "/sluice/edge/state/proposal")


def test_nothing_is_left_in_etcd_of_documents_that_are_not_in_force(site):
    head = site.status("gw1")["revision"]["id"]
    eventually("only the head's is there", lambda: site.etcd.keys("edge/documents/") == [f"/sluice/edge/documents/{head}/0000"])
    assert not site.etcd.keys("edge/answers/")


def test_no_key_is_told(site):
    key = site.etcd.client_key.read_text(encoding="ascii").split("\n")[1]
    for gateway in site.gateways.values():
        told = gateway.sluice("cluster", "status", "-o", "json").stdout + gateway.sluice("export").stdout + gateway.daemon.output()
        assert key not in told
    assert key not in site.etcd.ctl("get", "--prefix", "/sluice/").stdout


def test_who_leaves_keeps_the_document_and_the_others_go_on(site):
    gateway = site.gateways["gw3"]
    gateway.sluice("cluster", "leave")
    eventually("it is off the list", lambda: len(site.status("gw1")["nodes"]) == 2)
    assert "node of no cluster" in gateway.sluice("cluster", "status").stdout
    assert "cluster" not in json.loads(gateway.sluice("export").stdout)
    site.gateways["gw1"].apply(site.document(opens=False))
    assert site.reached() == {"gw1": "silence", "gw2": "silence", "gw3": "answered"}
    assert "of no cluster" in gateway.sluice("cluster", "leave", expect=1).stderr
    assert "--replace" in site.join("gw3", expect=7).stderr and site.reached()["gw3"] == "answered"
    site.join("gw3", "--replace")
    assert site.reached() == site.all("silence")
    assert "a node of cluster edge already" in site.join("gw3", expect=1).stderr


def test_two_gateways_of_one_name_are_told(site):
    gateway = site.gateways["gw3"]
    gateway.sluice("cluster", "leave")
    site.join("gw2", "--replace", at="gw3", expect=None)
    eventually("both are told", lambda: any("another gateway says that it is node gw2" in row
                                            for name in ("gw2", "gw3") for row in site.gateways[name].json("status")["degraded"]))
    gateway.sluice("cluster", "leave", expect=6)   # it has taken gw2's devices for its own
    site.await_step("gw1", "gw2")
    site.join("gw3", "--replace")


def test_a_document_of_megabytes_is_everywhere(site):
    """In etcd in pieces."""
    rows = [f"198.51.{number // 250}.{number % 250}/32" for number in range(60_000)]
    made = site.document()
    made["sets"] = {"many": rows}
    site.gateways["gw2"].apply(made)
    assert len(site.etcd.keys("edge/documents/")) > 1
    assert all("198.51.239.249" in gateway.sluice("export").stdout for gateway in site.gateways.values())
    site.gateways["gw1"].apply(site.document())


def test_a_store_that_cannot_be_trusted_is_said(site):
    gateway = site.gateways["gw3"]
    gateway.sluice("cluster", "leave")
    said = gateway.sluice("cluster", "join", "edge", "gw3", "--etcd", site.etcd.urls()[0], expect=1)
    assert "its certificate: " in said.stderr
    gateway.sluice("cluster", "leave")
    site.join("gw3", "--replace")
