# SPDX-License-Identifier: GPL-2.0-or-later
"""Certificates that an authority is asked for: by HTTP-01 through the front, and by updates of DNS."""
import ssl
import stat
from pathlib import Path

import pytest
from front_site import PRIVATE, SHOP, FrontSite
from lab import Lab, eventually
from lab.authority import Authority, NameServer
from lab.front import Stream
from lab.home import OTHER_OUTSIDE4, OUTSIDE4, WAN4

ZONE, DOMAIN, WILDCARD = "example.org", "pods.example.org", "*.pods.example.org"
LONG = 7776000


class AcmeSite(FrontSite):
    """Its authorities are on the host outside; nothing is asked for before a document says so."""

    def __init__(self, lab):
        super().__init__(lab)
        outside = self.home.outside
        self.names = NameServer(outside, OUTSIDE4, [ZONE, DOMAIN], WAN4)
        self.authority = Authority(outside, OUTSIDE4, self.names, LONG)

    def with_acme(self, authority=None, **more):
        authority = authority or self.authority
        document = self.document()
        del document["front"]["certificates"]
        document["front"]["acme"] = {"directory": authority.directory, "email": "admin@example.org", "ca_file": str(authority.own)} | more
        return document

    def by_dns(self, **more):
        return self.with_acme(dns={"server": OUTSIDE4, "zones": DOMAIN, "key_file": str(self.names.key), "wait": "0s"}, **more)

    def row(self, name):
        found = [row for row in self.gateway.show("certificates") if name in row["names"]]
        return found[0] if found else None

    def is_served(self, name):
        row = self.row(name)
        return row and row["state"] == "served" and self.client.fingerprint(row["names"][0].replace("*", "a")) == row["fingerprint"]

    @property
    def kept(self):
        return self.gateway.state / "front" / "acme"

    def restart(self):
        self.gateway.stop_daemon()
        self.gateway.start_daemon()


@pytest.fixture(scope="module")
def site():
    with Lab("tc") as lab:
        yield AcmeSite(lab)


@pytest.fixture
def fresh(site):
    """Nothing was ever asked for."""
    yield site
    site.apply(site.document())
    site.gateway.stop_daemon()
    for file in site.kept.iterdir():
        file.unlink()
    site.gateway.start_daemon()


def test_a_name_gets_its_certificate(fresh):
    fresh.apply(fresh.with_acme())
    for name in (SHOP, PRIVATE):
        eventually("it is served", lambda one=name: fresh.is_served(one), within=30)
    assert fresh.client.ask(SHOP).status == 200 and fresh.client.ask_plain(SHOP).status == 308
    row = fresh.row(SHOP)
    assert (row["from"], row["failures"], row["error"]) == ("acme", 0, None) and row["not_before"] < row["next"] < row["not_after"]
    assert not fresh.gateway.json("status")["degraded"]
    with pytest.raises(ssl.SSLError):
        fresh.client.fingerprint("other.example.org")
    assert stat.S_IMODE(fresh.kept.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in fresh.kept.iterdir()} == {0o600}
    assert "certificate for shop.example.org: issued, until" in fresh.gateway.daemon.output()


def test_the_answer_is_gone_afterwards(fresh):
    fresh.apply(fresh.with_acme())
    eventually("it is served", lambda: fresh.is_served(SHOP), within=30)
    eventually("no challenge is answered any more", lambda: not Path(
        f"/run/{fresh.gateway.pins.name}/front/conf/challenges.map").read_text(encoding="ascii"))
    assert fresh.client.ask_plain(SHOP, "/.well-known/acme-challenge/x").status == 308


def test_a_restart_asks_for_nothing(fresh):
    fresh.apply(fresh.with_acme())
    for name in (SHOP, PRIVATE):
        eventually("it is served", lambda one=name: fresh.is_served(one), within=30)
    before, orders = fresh.row(SHOP)["fingerprint"], fresh.authority.said("/order-plz")
    fresh.restart()
    eventually("it is served still", lambda: fresh.is_served(SHOP), within=15)
    assert fresh.row(SHOP)["fingerprint"] == before and fresh.authority.said("/order-plz") == orders


def test_nonces_that_are_refused(fresh):
    """Now and then, as every client has to bear: who gives up asks again some seconds later."""
    with Authority(fresh.home.outside, OTHER_OUTSIDE4, fresh.names, LONG, refused=10) as other:
        fresh.apply(fresh.with_acme(other))
        for name in (SHOP, PRIVATE):
            eventually("it is served", lambda one=name: fresh.is_served(one), within=180)


def test_it_is_renewed_at_two_thirds_of_its_life(fresh):
    with Authority(fresh.home.outside, OTHER_OUTSIDE4, fresh.names, 30) as short:
        document = fresh.with_acme(short)
        del document["sites"]["app1"]
        fresh.apply(document)
        eventually("it is served", lambda: fresh.is_served(SHOP), within=30)
        before = fresh.row(SHOP)
        with Stream(fresh.client, SHOP) as stream:
            eventually("another one is served", lambda: fresh.is_served(SHOP) and fresh.row(SHOP)["fingerprint"] != before["fingerprint"], within=60)
            stream.goes_on()
        assert not stream.failed
        assert before["next"] <= fresh.row(SHOP)["not_before"] < before["not_after"]


def test_by_updates_of_dns(fresh):
    fresh.apply(fresh.by_dns())
    eventually("the wildcard is served", lambda: fresh.is_served(WILDCARD), within=30)
    eventually("and the name that is in no zone", lambda: fresh.is_served(SHOP), within=30)
    assert fresh.client.ask(PRIVATE).status == 401
    assert fresh.names.ask(f"_acme-challenge.{DOMAIN}", "TXT") == "", "nothing of it stays in the zone"
    assert [row["names"] for row in fresh.gateway.show("certificates")] in ([[WILDCARD], [SHOP]], [[SHOP], [WILDCARD]])


def test_a_wrong_key_of_dns_is_told(fresh):
    document = fresh.by_dns()
    wrong = fresh.files / "wrong.key"
    wrong.write_text('key "update" { algorithm hmac-sha256; secret "AAAA"; };\n', encoding="ascii")
    document["front"]["acme"]["dns"]["key_file"] = str(wrong)
    fresh.apply(document)
    eventually("it is told", lambda: (fresh.row(WILDCARD) or {}).get("failures"), within=30)
    assert "BADSIG" in fresh.row(WILDCARD)["error"] or "BADKEY" in fresh.row(WILDCARD)["error"] or "NOTAUTH" in fresh.row(WILDCARD)["error"]
    eventually("status tells it too", lambda: any("certificate for *.pods.example.org" in line for line in fresh.gateway.json("status")["degraded"]))


def test_a_port_that_a_router_forwards_80_to(fresh):
    with Authority(fresh.home.outside, OTHER_OUTSIDE4, fresh.names, LONG, http=8088) as other:
        document = fresh.with_acme(other)
        document["front"]["http"] = 8088
        del document["sites"]["app1"]
        fresh.apply(document)
        eventually("it is served", lambda: fresh.is_served(SHOP), within=30)


def test_trials_come_first_after_failures(fresh):
    with Authority(fresh.home.outside, OTHER_OUTSIDE4, fresh.names, LONG) as trial:
        both, key = fresh.files / "both.pem", fresh.files / "changing.key"
        both.write_bytes(fresh.authority.own.read_bytes() + trial.own.read_bytes())
        key.write_text('key "update" { algorithm hmac-sha256; secret "AAAA"; };\n', encoding="ascii")
        document = fresh.by_dns(staging=trial.directory, ca_file=str(both))
        document["front"]["acme"]["dns"]["key_file"] = str(key)
        del document["sites"]["shop"]
        fresh.apply(document)
        for failures in (1, 2, 3, 4):
            eventually("it fails", lambda number=failures: (fresh.row(WILDCARD) or {}).get("failures") == number, within=30)
            if failures < 4:
                assert not trial.said("/order-plz")
                fresh.gateway.sluice("front", "renew", WILDCARD)
        assert trial.said("/order-plz") and fresh.row(WILDCARD)["error"].startswith("trial: ")
        key.write_bytes(fresh.names.key.read_bytes())
        fresh.gateway.sluice("front", "renew", WILDCARD)
        eventually("it is served", lambda: fresh.is_served(WILDCARD), within=30)


def test_an_authority_that_is_away(fresh):
    fresh.authority.stop()
    document = fresh.with_acme()
    del document["sites"]["app1"]
    fresh.apply(document)
    eventually("it is told", lambda: (fresh.row(SHOP) or {}).get("failures") == 1, within=40)
    row = fresh.row(SHOP)
    assert row["state"] == "missing" and "connect" in row["error"] and row["next"]
    fresh.restart()
    assert fresh.row(SHOP)["failures"] >= 1, "it is remembered"
    fresh.authority.start()
    eventually("it is asked again, and served", lambda: fresh.is_served(SHOP), within=60)
    assert fresh.row(SHOP)["failures"] == 0 and not fresh.gateway.json("status")["degraded"]


def test_a_challenge_that_fails(fresh):
    document = fresh.with_acme()
    document["front"]["http"] = 8088   # the authority asks port 80
    del document["sites"]["app1"]
    fresh.apply(document)
    eventually("it is told", lambda: (fresh.row(SHOP) or {}).get("failures") == 1, within=30)
    assert "/.well-known/acme-challenge/" in fresh.row(SHOP)["error"]
    document["front"]["http"] = 80
    fresh.apply(document)
    fresh.gateway.sluice("front", "renew", SHOP)
    eventually("it is served", lambda: fresh.is_served(SHOP), within=30)


def test_revoked(fresh):
    document = fresh.with_acme()
    del document["sites"]["app1"]
    fresh.apply(document)
    eventually("it is served", lambda: fresh.is_served(SHOP), within=30)
    before = fresh.row(SHOP)["fingerprint"]
    fresh.gateway.sluice("front", "revoke", SHOP)
    eventually("another one is served", lambda: fresh.is_served(SHOP) and fresh.row(SHOP)["fingerprint"] != before, within=30)
    assert fresh.authority.said("revoked") or "revoked" in fresh.gateway.daemon.output()
    assert "no certificate is asked for by the name" in fresh.gateway.sluice("front", "renew", "a.example.org", expect=2).stderr


def test_killed_in_the_middle(fresh):
    document = fresh.with_acme()
    fresh.apply(document)
    eventually("it is begun", lambda: (fresh.kept / "orders.json").exists())
    fresh.gateway.daemon.kill()
    fresh.gateway.start_daemon()
    for name in (SHOP, PRIVATE):
        eventually("it is served", lambda one=name: fresh.is_served(one), within=60)
    eventually("nothing of an order is left", lambda: not [
        one for one in Path("/proc").glob("[0-9]*/cmdline") if b"uacme" in read_bytes(one)])


def read_bytes(file):
    try:
        return file.read_bytes()
    except OSError:
        return b""


BAD = {
    "a directory without TLS": ({"directory": "http://a.example/dir"}, "is not the directory of an authority"),
    "mail that is none": ({"directory": "https://a.example/dir", "email": 'a"b@c'}, "is not an address for mail"),
    "dns without a key": ({"directory": "https://a.example/dir", "dns": {"server": "192.0.2.1", "zones": "a.example"}}, "key_file"),
    "a key that is unknown": ({"directory": "https://a.example/dir", "url": "x"}, "url"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input(site, kind):
    acme, complaint = BAD[kind]
    document = site.document()
    document["front"]["acme"] = acme
    assert complaint in site.gateway.sluice("check", site.gateway.write(document), expect=3).stderr
