# SPDX-License-Identifier: GPL-2.0-or-later
"""A refusal changes nothing, and a lost or damaged store is no outage: what runs goes on, and is taken over."""

import contextlib
import json
import shutil
import sqlite3

import pytest
from documents import forward, policy
from lab import Lab, clients, eventually, servers

WAN4, OUTSIDE4, LAN4, INSIDE4, BRIDGE4 = "203.0.113.1", "203.0.113.9", "192.168.10.1", "192.168.10.2", "172.20.1.1"
INVALID, ROLLED_BACK = 3, 7
MARKED = "made by sluice"


class Site:
    """inside -- lan [gateway] wan -- outside, and a bridge that the gateway makes."""

    def __init__(self, lab, engine):
        self.engine = engine
        self.gateway, self.inside, self.outside = lab.gateway(), lab.host("inside"), lab.host("outside")
        lab.wire((self.gateway, "lan"), (self.inside, "eth0"))
        lab.wire((self.gateway, "wan"), (self.outside, "eth0"))
        self.inside.addresses("eth0", f"{INSIDE4}/24").routes(f"default via {LAN4}")
        self.outside.addresses("eth0", f"{OUTSIDE4}/24")
        servers.tcp_peer_server(self.outside, 7000)
        servers.tcp_peer_server(self.inside, 8080)
        self.gateway.start_daemon()
        self.gateway.apply(self.document())

    def document(self, ports=80, **interfaces):
        return {
            "version": 1,
            "engine": self.engine,
            "interfaces": {
                "wan": {"zone": "internet", "addresses": [f"{WAN4}/24"]},
                "lan": {"zone": "lan", "addresses": [f"{LAN4}/24"]},
                "br7": {"bridge": {"members": []}, "zone": "dmz", "addresses": [f"{BRIDGE4}/24"]},
                **interfaces,
            },
            "policies": [policy("lan-out", "lan", "internet")],
            "nat": {
                "masquerade": [{"name": "out", "from": "lan", "to": "internet"}],
                "forwards": [forward("web", WAN4, ports, f"{INSIDE4}:8080")],
            },
        }

    @property
    def copy(self):
        return self.gateway.state.with_name(self.gateway.state.name + "-copy")

    def session(self):
        return clients.EchoedConnection(self.inside, OUTSIDE4, 7000, source=("", 48000))

    def restart(self, *lost, damage=None):
        """kill -9, what is lost or damaged meanwhile, and a new daemon."""
        self.gateway.daemon.kill()
        for folder in lost:
            shutil.rmtree(folder)
        if damage:
            damage()
        return self.gateway.start_daemon()

    def state(self):
        return self.gateway.json("status")["state"]

    def check(self, name):
        answer = self.gateway.sluice("doctor", "-o", "json", expect={0, 1})
        return next(row for row in json.loads(answer.stdout)["checks"] if row["name"] == name)

    def forward_works(self, port=80):
        return clients.tcp_peer(self.outside, WAN4, port).address == OUTSIDE4

    def devices(self):
        return json.loads(self.gateway.run("ip", "-j", "-d", "address", "show").stdout)


@pytest.fixture
def site(engine):
    with Lab("tc") as lab:
        yield Site(lab, engine)


def test_a_refused_apply_after_both_records_are_lost_changes_nothing(site):
    session = site.session()
    site.restart(site.gateway.state, site.copy, damage=lambda: site.gateway.run("ip", "link", "set", "br7", "alias", "x"))
    refused = site.gateway.apply(site.document(), expect=INVALID)
    assert "br7" in refused.stderr and "did not make" in refused.stderr
    assert session.says("still here") and site.forward_works()
    assert site.state() == "lost"


def test_a_lost_store_is_told_and_the_document_takes_over_what_runs(site):
    session = site.session()
    daemon = site.restart(site.gateway.state, site.copy)
    assert site.state() == "lost" and "is lost" in daemon.output()
    assert site.check("store")["state"] == "bad" and "sluice apply" in site.check("store")["remedy"]
    site.gateway.apply(site.document())
    assert site.state() == "running" and site.check("store")["state"] == "ok"
    assert session.says("still here") and site.forward_works()


def test_a_failed_apply_over_unknown_rules_puts_them_back(site):
    """The address that is there with another length is found after the rules were exchanged."""
    session = site.session()
    site.gateway.run("ip", "address", "add", "2001:db8:77::1/64", "dev", "lan")
    site.restart(site.gateway.state, site.copy)
    other = site.document(ports=81, lan={"zone": "lan", "addresses": [f"{LAN4}/24", "2001:db8:77::1/48"]})
    failed = site.gateway.apply(other, expect=ROLLED_BACK)
    assert "2001:db8:77::1" in failed.stderr
    assert session.says("still here") and site.forward_works(80)
    site.gateway.apply(site.document())
    assert session.says("and later")


def test_the_copy_stands_in_for_a_folder_that_is_gone(site):
    session = site.session()
    site.gateway.apply(site.document(ports=81))
    daemon = site.restart(site.gateway.state)
    assert "was gone" in daemon.output() and "copy" in daemon.output()
    assert site.state() == "running" and site.gateway.json("status")["revision"] == 2
    assert site.check("store")["state"] == "warning"
    assert session.says("still here") and site.forward_works(81)
    site.gateway.sluice("plan", "--exit-code", site.gateway.write(site.document(ports=81)))


def test_the_copy_stands_in_for_a_damaged_database(site):
    def damage():
        (site.gateway.state / "sluice.db").write_bytes(b"no database at all, and longer than its header would be" * 900)

    session = site.session()
    daemon = site.restart(damage=damage)
    assert "was damaged" in daemon.output()
    assert site.state() == "running" and session.says("still here") and site.forward_works()
    assert (site.gateway.state / "unsound-sluice.db").exists(), "what was damaged is kept to be looked at"


def test_the_copy_stands_in_for_a_log_that_was_damaged(site):
    """What the log alone had, SQLite forgets without a word when the log's sums are wrong."""
    before = site.gateway.state / "before"
    site.gateway.stop_daemon()
    shutil.copytree(site.gateway.state, before)
    site.gateway.start_daemon()
    site.gateway.apply(site.document(ports=81))

    def damage():
        for file in before.iterdir():
            shutil.copy2(file, site.gateway.state / file.name)
        for name in ("sluice.db-wal", "sluice.db-shm"):
            (site.gateway.state / name).unlink(missing_ok=True)

    daemon = site.restart(damage=damage)
    assert "behind" in daemon.output()
    assert site.gateway.json("status")["revision"] == 2 and site.forward_works(81)


def test_a_lost_copy_is_made_anew(site):
    site.restart(site.copy)
    assert (site.copy / "sluice.db").exists() and site.check("store")["state"] == "ok"
    site.restart(site.gateway.state)
    assert site.state() == "running" and site.forward_works()


def test_a_folder_removed_beneath_the_daemon_is_noticed_before_done_is_said(site):
    session = site.session()
    shutil.rmtree(site.gateway.state)
    site.gateway.apply(site.document(ports=81))
    assert "was removed" in site.gateway.daemon.output()
    site.restart()
    assert site.gateway.json("status")["revision"] == 2
    assert session.says("still here") and site.forward_works(81)


def test_revisions_do_not_stay_in_the_log_alone(site):
    for turn in range(30):
        site.gateway.apply(site.document(ports=8000 + turn))
    assert (site.gateway.state / "sluice.db-wal").stat().st_size < 1 << 20
    site.gateway.daemon.kill()
    for folder in (site.gateway.state, site.copy):
        (folder / "sluice.db-wal").unlink()
        (folder / "sluice.db-shm").unlink()
    site.gateway.start_daemon()
    assert site.gateway.json("status")["revision"] == 31


def test_what_sluice_made_is_taken_back_without_any_record(site):
    marked = [row["ifname"] for row in site.devices() if row.get("ifalias") == MARKED]
    assert marked == ["br7"]
    site.gateway.run("ip", "address", "add", "198.51.100.1/24", "dev", "lan")
    site.gateway.daemon.kill()
    for folder in (site.gateway.state, site.copy):
        shutil.rmtree(folder)
    removed = site.gateway.cleanup().stdout
    assert "br7" in removed
    left = {one["local"] for row in site.devices() for one in row["addr_info"]}
    assert "198.51.100.1" in left and not left & {WAN4, LAN4, BRIDGE4}
    assert "br7" not in {row["ifname"] for row in site.devices()}
    assert not site.gateway.state.exists() and not site.copy.exists()


def spoil(revision):
    """Beneath a database: what another release wrote, and this one does not know."""
    def change(file):
        with contextlib.closing(sqlite3.connect(file)) as database, database:
            text, = database.execute("SELECT text FROM revisions WHERE number = ?", (revision,)).fetchone()
            text = json.dumps(json.loads(text) | {"of_another_release": True})
            database.execute("UPDATE revisions SET text = ? WHERE number = ?", (text, revision))
    return change


def boot(site, *before, spoilt=None):
    """What a machine has after it started again: nothing of sluice but its state."""
    site.gateway.daemon.kill()
    site.gateway.run("cp", "-a", site.gateway.state, site.copy, site.gateway.lab.directory / "kept")
    site.gateway.cleanup()
    for folder in (site.gateway.state, site.copy):
        shutil.copytree(site.gateway.lab.directory / "kept" / folder.name, folder)
        if spoilt:
            spoilt(folder / "sluice.db")
    for words in before:
        site.gateway.run(*words)
    return site.gateway.start_daemon()


CONFLICT = ("ip", "address", "add", "2001:db8:77::1/64", "dev", "lan")


def test_an_earlier_revision_holds_where_the_newest_cannot_be_had_at_boot(site):
    (site.gateway.lab.directory / "kept").mkdir()
    site.gateway.apply(site.document(ports=81, lan={"zone": "lan", "addresses": [f"{LAN4}/24", "2001:db8:77::1/48"]}))
    daemon = boot(site, CONFLICT)
    assert "revision 2 cannot be put in force" in daemon.output()
    status = site.gateway.json("status")
    assert (status["state"], status["revision"]) == ("degraded", 1)
    assert any("revision 2 cannot" in text for text in status["degraded"])
    assert site.check("store")["state"] == "warning" and "revision 2" in site.check("store")["finding"]
    assert site.forward_works(80)
    assert clients.tcp_outcome(site.outside, WAN4, 22) == "silence", "the WAN is guarded"
    site.gateway.apply(site.document(ports=82))
    assert site.gateway.json("status")["degraded"] == [] and site.forward_works(82)


def test_interfaces_are_closed_where_no_revision_can_be_had_at_boot(site):
    (site.gateway.lab.directory / "kept").mkdir()
    conflict = site.document(ports=81, lan={"zone": "lan", "addresses": [f"{LAN4}/24", "2001:db8:77::1/48"]})
    site.gateway.cleanup()
    site.gateway.start_daemon()
    site.gateway.apply(conflict)
    servers.tcp_peer_server(site.gateway, 9999)
    daemon = boot(site, CONFLICT, ("ip", "address", "add", f"{WAN4}/24", "dev", "wan"), ("ip", "link", "set", "wan", "up"))
    assert "no revision" in daemon.output() and site.state() == "blocked"
    assert site.check("store")["state"] == "bad"
    assert clients.tcp_outcome(site.outside, WAN4, 9999) == "silence"
    site.gateway.run("ip", "address", "del", "2001:db8:77::1/64", "dev", "lan")
    eventually("the document is in force", lambda: site.state() == "running", within=30)
    assert site.forward_works(81)
    assert "sluice_guard" not in site.gateway.run("nft", "list", "tables").stdout


def test_an_earlier_revision_holds_where_the_newest_is_no_valid_document_any_more(site):
    (site.gateway.lab.directory / "kept").mkdir()
    site.gateway.apply(site.document(ports=81))
    daemon = boot(site, spoilt=spoil(2))
    assert "revision 2" in daemon.output() and "no longer a valid document" in daemon.output()
    status = site.gateway.json("status")
    assert (status["state"], status["revision"]) == ("degraded", 1)
    assert site.check("store")["state"] == "warning" and "revision 2" in site.check("store")["finding"]
    assert site.forward_works(80)
    assert clients.tcp_outcome(site.outside, WAN4, 22) == "silence", "the WAN is guarded"


def test_its_interfaces_alone_are_closed_where_the_only_document_is_not_valid_any_more(site):
    (site.gateway.lab.directory / "kept").mkdir()
    servers.tcp_peer_server(site.gateway, 9999)
    daemon = boot(site, ("ip", "address", "add", f"{WAN4}/24", "dev", "wan"), ("ip", "link", "set", "wan", "up"), spoilt=spoil(1))
    assert "no revision" in daemon.output() and "its interfaces is dropped" in daemon.output()
    assert site.state() == "blocked" and site.check("store")["state"] == "bad"
    assert clients.tcp_outcome(site.outside, WAN4, 9999) == "silence"
    rules = site.gateway.run("nft", "list", "ruleset").stdout
    assert all(f'"{name}"' in rules for name in ("wan", "lan", "br7")), "and not every device of the machine"
    site.gateway.apply(site.document(ports=82))
    assert site.state() == "running" and site.forward_works(82)
