# SPDX-License-Identifier: GPL-2.0-or-later
"""Disks that are full or read-only, databases and pins of somebody else: a clear error, traffic goes on, and the doctor knows what to do."""

import json

import pytest
from damage_site import fill, lose_what_runs, make_room, of_another_application, on_a_disk, remount, tables
from lab import Lab, clients, eventually, servers
from lost_site import INSIDE4, WAN4, of_a_newer_release

FAILED, ROLLED_BACK = 1, 7
LARGE = 1 << 20   # bytes of a comment, which the record keeps
MOST_DRAINS = 400
TWO4 = "192.168.10.3"


@pytest.fixture
def site():
    with Lab("tc") as lab:
        yield on_a_disk(lab)


def doctor(site, expect=0):
    """What it says of the store, with a daemon or without."""
    done = site.gateway.sluice("doctor", "--state", site.gateway.state, "--pins", site.gateway.pins, "-o", "json", expect=expect)
    return next(row for row in json.loads(done.stdout)["checks"] if row["name"] == "store")


def revision(site):
    return site.gateway.json("status")["revision"]


def refuses_to_start(site):
    daemon = site.gateway.start_daemon(ready=False)
    eventually("sluiced ended", lambda: not daemon.running())
    return daemon.output()


def test_on_a_full_disk_an_apply_is_refused_and_all_goes_on(site):
    session = site.session()
    fill(site)
    site.gateway.apply(site.document(ports=82))
    assert session.says("a small change finds room in the log") and site.forward_works(82)
    large = f"// {'x' * LARGE}\n{json.dumps(site.document(ports=81))}"
    refused = site.gateway.apply(large, expect={FAILED, ROLLED_BACK})
    assert "database or disk is full" in refused.stderr
    assert session.says("still here") and site.forward_works(82) and site.state() == "running"
    told = doctor(site)
    assert told["state"] == "warning" and "is full" in told["finding"] and "make room" in told["remedy"]
    make_room(site)
    site.gateway.apply(large)
    assert doctor(site)["state"] == "ok", "the copy was not given up"
    assert session.says("and later") and site.forward_works(81)


def test_on_a_full_disk_a_drain_that_cannot_be_kept_is_taken_back(site):
    made = site.document()
    made["underlays"] = {"near": {"zone": "lan"}}
    made["services"] = {"pool": {"listen": WAN4, "ports": 90, "backends": [{"name": "one", "near": INSIDE4}, {"name": "two", "near": TWO4}]}}
    site.gateway.apply(made)
    site.gateway.apply(f"// {'x' * LARGE}\n{json.dumps(made)}")   # so that the text is edits of a long one
    fill(site)
    number, drained = revision(site), False
    for _ in range(MOST_DRAINS):   # the first ones find room in the log
        verb = "undrain" if drained else "drain"
        if site.gateway.sluice("service", verb, "pool", "one", expect={0, ROLLED_BACK}, quiet=True).returncode:
            break
        number, drained = number + 1, not drained
    else:
        pytest.fail("the disk was never full")

    def says_so():
        text = site.gateway.sluice("export").stdout
        state = next(row["state"] for row in site.gateway.show("services") if row["backend"] == "one")
        assert (revision(site), '"drain": true' in text, state == "draining") == (number, drained, drained)
        assert site.gateway.json("plan", site.gateway.write(text))["steps"] == []

    says_so()
    make_room(site)
    says_so()
    site.gateway.sluice("service", "undrain" if drained else "drain", "pool", "one")
    number, drained = number + 1, not drained
    says_so()


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_a_daemon_starts_on_a_full_disk(site, end):
    session = site.session()
    getattr(site.gateway.daemon, end)()
    fill(site)
    site.gateway.start_daemon()
    assert site.state() == "running" and session.says("still here") and site.forward_works()
    assert "is full" in doctor(site)["finding"]


def test_a_machine_starts_on_a_full_disk(site):
    lose_what_runs(site)
    fill(site)
    site.gateway.start_daemon()
    assert site.state() == "running" and site.gateway.json("status")["revision"] == 1
    assert site.forward_works()


def test_on_a_read_only_disk_what_runs_goes_on(site):
    session = site.session()
    site.gateway.daemon.kill()
    remount(site, "ro")
    assert "Read-only file system" in refuses_to_start(site)
    assert session.says("nobody there") and site.forward_works()
    told = doctor(site, expect=FAILED)
    assert told["state"] == "bad" and "read-only" in told["finding"] and "remount,rw" in told["remedy"]
    remount(site, "rw")
    site.gateway.start_daemon()
    assert site.state() == "running" and session.says("still here")


def test_on_a_read_only_disk_a_machine_that_starts_is_closed(site):
    lose_what_runs(site)
    servers.tcp_peer_server(site.gateway, 9999)
    remount(site, "ro")
    site.gateway.run("ip", "address", "add", f"{WAN4}/24", "dev", "wan")
    assert "the interfaces of the newest document is dropped" in refuses_to_start(site)
    assert clients.tcp_outcome(site.outside, WAN4, 9999) == "silence"
    rules = site.gateway.run("nft", "list", "ruleset").stdout
    assert '"br7"' in rules, "by the names in a record that can still be read"
    remount(site, "rw")
    site.gateway.start_daemon()
    assert site.state() == "running" and site.forward_works()


def test_the_copy_stands_in_for_another_applications_database(site):
    session = site.session()

    def damage():
        of_another_application(site.gateway.state / "sluice.db")
        told = doctor(site)
        assert told["state"] == "warning" and "its copy" in told["finding"]

    site.restart(damage=damage)
    assert site.state() == "running" and site.gateway.json("status")["revision"] == 1
    assert session.says("still here") and site.forward_works()
    assert tables(site.gateway.state / "unsound-sluice.db") == ["people"], "nothing was written into it"


def test_another_applications_database_alone_is_refused(site):
    session = site.session()
    site.gateway.daemon.kill()
    for folder in (site.gateway.state, site.copy):
        of_another_application(folder / "sluice.db")
    said = refuses_to_start(site)
    assert "another application wrote it" in said and '"people"' in said
    assert tables(site.gateway.state / "sluice.db") == ["people"], "nothing was written into it"
    assert session.says("nobody there") and site.forward_works()
    told = doctor(site, expect=FAILED)
    assert told["state"] == "bad" and "another application" in told["reason"] and "move the directory" in told["reason"]


def test_the_doctor_knows_of_a_record_of_a_newer_release(site):
    session = site.session()
    site.gateway.daemon.kill()
    for folder in (site.gateway.state, site.copy):
        of_a_newer_release(folder / "sluice.db")
    assert "format 99" in refuses_to_start(site)
    told = doctor(site, expect=FAILED)
    assert told["state"] == "bad" and "start the release of sluiced that wrote it" in told["reason"]
    assert session.says("nobody there") and site.forward_works()


def test_the_doctor_changes_nothing_of_a_record_that_is_sound(site):
    site.gateway.stop_daemon()
    assert doctor(site)["state"] == "ok"
    site.gateway.start_daemon()
    assert site.state() == "running"


@pytest.mark.parametrize("pin", ["flows4", "nat_outside", "policy_rules", "programs/ingress", "programs/gc"])
def test_what_runs_takes_its_place_back_from_a_foreign_pin(site, pin):
    session = site.session()
    site.gateway.daemon.kill()
    (site.gateway.pins / pin).unlink()
    site.gateway.run("bpftool", "map", "create", site.gateway.pins / pin, "type", "array", "key", 4, "value", 8,
                     "entries", 2, "name", "theirs")
    assert session.says("nobody there")
    daemon = site.gateway.start_daemon()
    assert "taken back" in daemon.output()
    assert site.state() == "running" and session.says("still here") and site.forward_works()
    site.gateway.sluice("plan", "--exit-code", site.gateway.write(site.document()))


def test_a_foreign_pin_is_no_harm_to_a_first_apply(site):
    site.gateway.cleanup()
    site.gateway.pins.mkdir()
    site.gateway.run("bpftool", "map", "create", site.gateway.pins / "nat_outside", "type", "array", "key", 4, "value", 8,
                     "entries", 2, "name", "theirs")
    site.gateway.start_daemon()
    site.gateway.apply(site.document())
    assert site.state() == "running" and site.forward_works()
