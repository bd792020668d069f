# SPDX-License-Identifier: GPL-2.0-or-later
"""A name of DNS follows the gateway: by updates of a zone, and by a provider that is told by HTTPS."""

import json
import os
import signal
from pathlib import Path

import documents
import pytest
from lab import HomeLab, Lab, clients, eventually
from lab.authority import SECRET, NameServer
from lab.front import certificate
from lab.helper_process import process_of
from lab.home import OTHER_OUTSIDE4, OUTSIDE4, WAN4, WAN6

ZONE, NAME = "example.org", "alice.example.org"
ELSEWHERE, MOVED = "192.0.2.99", "203.0.113.77"
PORT, TOKEN = 8443, "a-token-that-nobody-sees"
PROVIDER = Path(__file__).parents[1] / "support" / "lab" / "dns_provider.py"


class Site:
    """The name server is on the host outside, and every name of its zone leads elsewhere at first."""

    def __init__(self, lab):
        self.home = HomeLab(lab)
        self.gateway, self.outside, self.files = self.home.gateway, self.home.outside, lab.directory
        self.names = NameServer(self.outside, OUTSIDE4, [ZONE], ELSEWHERE)
        self.chain, self.chain_key = certificate(self.files, "provider", "dns.example.org", OUTSIDE4)
        self.gateway.start_daemon()

    def document(self, address=WAN4, **dynamic_dns):
        made = documents.home("tc")
        made["interfaces"]["wan"]["addresses"] = [f"{address}/24", f"{WAN6}/64"]
        made["nat"].pop("forwards", None)
        made["networks"] = {"home": {"type": "secure-internet", "port": 51821, "endpoints": {"phone": {"type": "mobile"}}}}
        made["resolver"] = {"upstreams": [OUTSIDE4]}
        made["reachability"] = {"interface": "wan", "port_mapping": [], "dynamic_dns": {"name": NAME, **dynamic_dns}}
        return made

    def by_updates(self, address=WAN4, key=None):
        return self.document(address, rfc2136={"server": OUTSIDE4, "zone": ZONE, "key_file": str(key or self.names.key)})

    def by_provider(self, place=OUTSIDE4, token=TOKEN, ca=None):
        file = self.files / "token"
        file.write_text(token + "\n", encoding="ascii")
        return self.document(url=f"https://{place}:{PORT}/update", token_file=str(file), ca_file=str(ca or self.chain))

    def apply(self, document):
        self.gateway.apply(document)
        self.home.route_gateway()

    def leads_to(self, *addresses):
        return {self.names.ask(NAME, kind) for kind in ("A", "AAAA")} == {*addresses}

    def serial(self):
        return self.names.ask(ZONE, "SOA").split()[2]

    def troubles(self):
        return [line for line in self.gateway.json("status")["degraded"] if NAME in line]

    def errand(self):
        """The process that tells others."""
        return process_of(self.gateway, "ddns")


@pytest.fixture(scope="module")
def site():
    with Lab("tc") as lab:
        yield Site(lab)


@pytest.fixture
def fresh(site):
    """The name leads elsewhere, and nobody is told of it yet."""
    yield site
    site.apply(documents.home("tc"))
    eventually("nobody is told any more", lambda: site.errand() is None)
    lines = "".join(f"update delete {owner}. ANY\n" for owner in (NAME, f"_wireguard._udp.{NAME}"))
    text = site.files / "forget"
    text.write_text(f"server {OUTSIDE4}\nzone {ZONE}.\n{lines}send\n", encoding="ascii")
    site.outside.run("nsupdate", "-k", site.names.key, text)
    assert site.names.ask(NAME, "A") == ELSEWHERE


class Provider:
    def __init__(self, site, token=TOKEN):
        both = site.files / "provider.pem"
        both.write_text(site.chain.read_text("ascii") + site.chain_key.read_text("ascii"), encoding="ascii")
        self.process = site.outside.start("/usr/bin/python3", "-B", PROVIDER, OUTSIDE4, PORT, both, token, OUTSIDE4, SECRET, ZONE)
        eventually("it listens", lambda: clients.tcp_outcome(site.outside, OUTSIDE4, PORT) == "answered")

    def heard(self):
        return [json.loads(line) for line in self.process.output().splitlines() if line.startswith("{")]


@pytest.fixture
def provider(fresh):
    one = Provider(fresh)
    yield one
    one.process.kill()


def test_a_name_leads_to_the_gateway(fresh):
    fresh.apply(fresh.by_updates())
    eventually("it leads here", lambda: fresh.leads_to(WAN4, WAN6), within=15)
    assert fresh.names.ask(f"_wireguard._udp.{NAME}", "SRV") == f"0 0 51821 {NAME}."
    answer = fresh.outside.run("dig", "+noall", "+answer", f"@{OUTSIDE4}", NAME, "A").stdout.split()
    assert answer[1] == "60"
    assert not fresh.troubles()
    before = fresh.serial()
    fresh.gateway.stop_daemon()
    fresh.gateway.start_daemon()
    eventually("it is looked at", lambda: f"{NAME} leads to" in fresh.gateway.daemon.output())
    assert fresh.serial() == before, "what is so already is told to nobody"


def test_it_follows_another_address(fresh):
    fresh.apply(fresh.by_updates())
    eventually("it leads here", lambda: fresh.leads_to(WAN4, WAN6), within=15)
    fresh.apply(fresh.by_updates(MOVED))
    eventually("it leads there", lambda: fresh.leads_to(MOVED, WAN6), within=20)


def test_a_wrong_key_is_told_and_a_right_one_is_enough(fresh):
    wrong = fresh.files / "wrong.key"
    wrong.write_text('key "update" { algorithm hmac-sha256; secret "AAAA"; };\n', encoding="ascii")
    fresh.apply(fresh.by_updates(key=wrong))
    eventually("it is told", fresh.troubles, within=15)
    assert any(word in fresh.troubles()[0] for word in ("BADSIG", "BADKEY", "NOTAUTH"))
    assert fresh.names.ask(NAME, "A") == ELSEWHERE
    fresh.apply(fresh.by_updates())
    eventually("it leads here", lambda: fresh.leads_to(WAN4, WAN6), within=15)
    eventually("nothing is wrong any more", lambda: not fresh.troubles())


def test_a_server_that_is_silent_for_a_while(fresh):
    os.kill(fresh.names.process.pid, signal.SIGSTOP)
    try:
        fresh.apply(fresh.by_updates())
        eventually("it is told", fresh.troubles, within=30)
        assert "does not answer" in fresh.troubles()[0]
    finally:
        os.kill(fresh.names.process.pid, signal.SIGCONT)
    eventually("it leads here", lambda: fresh.leads_to(WAN4, WAN6), within=30)


def test_a_provider_is_told_once(fresh, provider):
    fresh.apply(fresh.by_provider())
    eventually("it leads here", lambda: fresh.leads_to(WAN4, WAN6), within=15)
    assert provider.heard() == [{"path": "/update", "said": {"name": NAME, "ipv4": WAN4, "ipv6": WAN6}, "right": True}]
    fresh.gateway.stop_daemon()
    fresh.gateway.start_daemon()
    eventually("it is looked at", lambda: f"{NAME} leads to" in fresh.gateway.daemon.output())
    assert len(provider.heard()) == 1
    assert TOKEN not in fresh.gateway.daemon.output() + fresh.gateway.sluice("status", "-o", "json").stdout


def test_a_token_that_is_not_taken(fresh, provider):
    fresh.apply(fresh.by_provider(token="another"))
    eventually("it is told", fresh.troubles, within=15)
    assert "status 401" in fresh.troubles()[0] and "another" not in fresh.troubles()[0]
    assert not provider.heard()[0]["right"]


@pytest.mark.parametrize("why", ["self-signed", "mismatch"])
def test_a_provider_that_proves_nothing_is_told_nothing(fresh, provider, why):
    other = certificate(fresh.files, "other", "dns.example.org")[0]
    place = OUTSIDE4 if why == "self-signed" else OTHER_OUTSIDE4
    fresh.apply(fresh.by_provider(place, ca=other if why == "self-signed" else None))
    eventually("it is told", fresh.troubles, within=15)
    assert not provider.heard()


def test_a_silent_provider_and_a_killed_errand(fresh):
    silent = Provider(fresh, "silent")
    fresh.apply(fresh.by_provider(token="silent"))
    eventually("it was asked", silent.heard, within=15)
    os.kill(eventually("somebody waits", fresh.errand), signal.SIGKILL)
    eventually("it is told", fresh.troubles, within=15)
    assert "has ended" in fresh.troubles()[0]
    assert fresh.gateway.json("status")["state"]
    fresh.apply(documents.home("tc"))
    eventually("nobody is told any more", lambda: fresh.errand() is None)
    silent.process.kill()
