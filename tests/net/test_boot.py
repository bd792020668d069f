# SPDX-License-Identifier: GPL-2.0-or-later
"""What holds after a start: the document in force, an earlier one, or nothing but a guard."""

import shutil

import pytest
from lab import Lab, clients, eventually, servers
from lost_site import CONFLICT, LAN4, WAN4, Site, boot, of_a_newer_release, ruin, spoil, spoil_both


@pytest.fixture
def site(engine):
    with Lab("tc") as lab:
        yield Site(lab, engine)


def assert_it_holds_over_a_restart(site):
    session = site.session()
    site.restart()
    status = site.gateway.json("status")
    assert (status["state"], status["revision"]) == ("degraded", 1)
    assert any("revision 2" in text for text in status["degraded"])
    assert site.check("store")["state"] == "warning" and "revision 2" in site.check("store")["finding"]
    assert session.says("still here") and site.forward_works(80)
    site.gateway.apply(site.document(ports=82))
    assert site.gateway.json("status")["degraded"] == [] and site.forward_works(82)
    site.restart()
    assert site.state() == "running" and site.gateway.json("status")["revision"] == 3
    assert session.says("and later") and site.forward_works(82)


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
    assert_it_holds_over_a_restart(site)


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


@pytest.mark.spared("nftables")
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
    assert_it_holds_over_a_restart(site)


@pytest.mark.spared("nftables")
def test_what_runs_goes_on_where_its_document_is_not_valid_any_more(site):
    """An upgrade, and the release that it brings refuses what the one before it took."""
    session = site.session()
    daemon = site.restart(damage=lambda: spoil_both(site))
    assert site.state() == "held" and "no longer a valid document" in daemon.output()
    assert site.check("store")["state"] == "bad" and "revision 1" in site.check("store")["finding"]
    site.gateway.sluice("doctor", expect=1)   # status answers 0 all the same
    assert session.says("still here") and site.forward_works()
    site.restart()
    assert site.state() == "held" and session.says("and after another start")
    site.gateway.apply(site.document(ports=82))
    assert site.state() == "running" and session.says("and later") and site.forward_works(82)


@pytest.mark.spared("nftables")
@pytest.mark.parametrize("what", [ruin, of_a_newer_release])
def test_interfaces_are_closed_where_no_record_can_be_opened_at_boot(site, what):
    (site.gateway.lab.directory / "kept").mkdir()
    servers.tcp_peer_server(site.gateway, 9999)
    daemon = boot(site, ("ip", "address", "add", f"{WAN4}/24", "dev", "wan"), ("ip", "link", "set", "wan", "up"),
                  spoilt=what, ready=False)
    eventually("sluiced ended", lambda: not daemon.running())
    assert "no record can be opened" in daemon.output() and "is dropped" in daemon.output()
    assert clients.tcp_outcome(site.outside, WAN4, 9999) == "silence"
    rules = site.gateway.run("nft", "list", "ruleset").stdout
    assert ('"br7"' in rules) == (what is of_a_newer_release), "by name where names can be read"
    for folder in (site.gateway.state, site.copy):
        shutil.rmtree(folder)
    site.gateway.start_daemon()
    assert site.state() == "blocked" and clients.tcp_outcome(site.outside, WAN4, 9999) == "silence"
    site.gateway.apply(site.document())
    assert site.state() == "running" and site.forward_works()
    assert "sluice_guard" not in site.gateway.run("nft", "list", "tables").stdout


@pytest.mark.spared("nftables")
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
