# SPDX-License-Identifier: GPL-2.0-or-later
"""A refusal changes nothing, and a lost or damaged store is no outage: what runs goes on, and is taken over."""

import shutil

import pytest
from lab import Lab, eventually
from lost_site import BRIDGE4, LAN4, WAN4, Site, ruin_both

INVALID, ROLLED_BACK = 3, 7
MARKED = "made by sluice"


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


@pytest.mark.spared("nftables")
def test_the_copy_stands_in_for_a_damaged_database(site):
    def damage():
        (site.gateway.state / "sluice.db").write_bytes(b"no database at all, and longer than its header would be" * 900)

    session = site.session()
    daemon = site.restart(damage=damage)
    assert "was damaged" in daemon.output()
    assert site.state() == "running" and session.says("still here") and site.forward_works()
    assert (site.gateway.state / "unsound-sluice.db").exists(), "what was damaged is kept to be looked at"


@pytest.mark.spared("nftables")
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


@pytest.mark.spared("nftables")
def test_a_lost_copy_is_made_anew(site):
    site.restart(site.copy)
    assert (site.copy / "sluice.db").exists() and site.check("store")["state"] == "ok"
    site.restart(site.gateway.state)
    assert site.state() == "running" and site.forward_works()

@pytest.mark.parametrize("way", ["apply", "--config"])
def test_the_advice_for_two_damaged_databases_is_no_outage(site, way):
    session = site.session()
    site.gateway.daemon.kill()
    ruin_both(site)
    daemon = site.gateway.start_daemon(ready=False)
    eventually("sluiced ended", lambda: not daemon.running())
    assert f"move the directory {site.gateway.state} away" in daemon.output()
    assert session.says("nobody there, and") and site.forward_works()
    site.gateway.state.rename(site.gateway.state.with_name("moved-away"))
    if way == "apply":
        site.gateway.start_daemon()
        assert site.state() == "lost"
        site.gateway.apply(site.document())
    else:
        site.gateway.start_daemon(config=site.gateway.write(site.document()))
    assert site.state() == "running" and session.says("still here") and site.forward_works()
    assert site.check("store")["state"] == "ok"
    assert (site.copy / "unsound-sluice.db").exists(), "what was damaged is kept to be looked at"


@pytest.mark.spared("nftables")
def test_a_copy_removed_beneath_the_daemon_is_made_anew_while_it_runs(site):
    shutil.rmtree(site.copy)
    site.gateway.apply(site.document(ports=81))
    assert (site.copy / "sluice.db").exists() and site.check("store")["state"] == "ok"
    site.restart(site.gateway.state)
    assert site.gateway.json("status")["revision"] == 2 and site.forward_works(81)


@pytest.mark.spared("nftables")
def test_a_database_replaced_beneath_the_daemon_is_noticed(site):
    """With the lock beside it left in its place."""
    (site.gateway.state / "sluice.db").unlink()
    (site.gateway.state / "sluice.db").write_bytes(b"")
    site.gateway.apply(site.document(ports=81))
    assert "was removed or replaced" in site.gateway.daemon.output()
    site.restart()
    assert site.gateway.json("status")["revision"] == 2 and site.forward_works(81)


def state_in_a_folder_that_is_read_only(site):
    """As systemd has it: the unit may write to its own folders, and not to the one above."""
    real, var = site.gateway.lab.directory / "real", site.gateway.lab.directory / "var"
    folders = [folder.name for folder in (site.gateway.state, site.copy)]
    for folder in (var, *(real / name for name in folders)):
        folder.mkdir(parents=True)
    mounted = [(real, var), *((real / name, var / name) for name in folders)]
    for what, where in mounted:
        site.gateway.lab.run("mount", "--bind", what, where)
        site.gateway.lab.defer(site.gateway.lab.run, "umount", "--lazy", where, expect=None)
    site.gateway.lab.run("mount", "-o", "remount,bind,ro", var)
    site.gateway.state = var / folders[0]
    return real


@pytest.mark.spared("nftables")
def test_drift_is_put_right_where_the_removed_folder_cannot_be_made(site):
    site.gateway.cleanup()
    real = state_in_a_folder_that_is_read_only(site)
    site.gateway.start_daemon()
    site.gateway.apply(site.document())
    for folder in (site.gateway.state, site.copy):
        site.gateway.lab.run("umount", "--lazy", folder)
        shutil.rmtree(real / folder.name)
    site.gateway.run("ip", "address", "del", f"{LAN4}/24", "dev", "lan")
    eventually("the address is back", lambda: site.gateway.has_address("lan", f"{LAN4}/24"))
    eventually("it is told", lambda: site.state() == "degraded", within=20)
    told = " ".join(site.gateway.json("status")["degraded"])
    assert "was removed" in told and "restart sluiced" in told
    refused = site.gateway.apply(site.document(ports=81), expect=1)
    assert "was removed" in refused.stderr and site.forward_works(80)


@pytest.mark.spared("nftables")
def test_a_folder_removed_beneath_the_daemon_is_noticed_before_done_is_said(site):
    session = site.session()
    shutil.rmtree(site.gateway.state)
    site.gateway.apply(site.document(ports=81))
    assert "was removed" in site.gateway.daemon.output()
    site.restart()
    assert site.gateway.json("status")["revision"] == 2
    assert session.says("still here") and site.forward_works(81)


@pytest.mark.spared("nftables")
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
