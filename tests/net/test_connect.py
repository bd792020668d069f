# SPDX-License-Identifier: GPL-2.0-or-later
"""A laptop behind a NAT joins a box behind another one by `sluice connect`: through the relay, then directly, and again by it."""

import json
import os
import stat

import pytest
from lab import Lab, clients, eventually
from lab.gateway import binaries
from lab.download import Download
from lab.pings import Pings
from path_site import Between, PathSite
from relay_site import INSIDE4, RELAY4, box_document

WAY = ("ebpf", "tc")
EVERY = 0.05   # seconds between two pings
FOLDER = "/run/sluice-connect"


@pytest.fixture(scope="module")
def site():
    with Lab("tc") as lab:
        made = PathSite(lab, WAY)
        made.start_relay(made.relay)
        made.box.start_daemon()
        lab.defer(made.box.sluice, "cleanup", expect=None)
        made.introduce(made.relay, "eu")
        document = box_document(WAY, "eu")
        document["reachability"]["stun"] = made.reachability()["stun"]
        made.box.apply(document)
        yield made.is_reached()


@pytest.fixture(scope="module")
def file(site):
    made = site.lab.directory / "home.json"
    site.box.sluice("endpoint", "config", "home", "phone", "--connect", "-O", made)
    return made


class Laptop:
    """`sluice connect`, and what it says."""

    def __init__(self, site, file):
        self.host = site.phone_host
        self.process = self.host.start(binaries() / "sluice", "connect", file)

    def lines(self):
        return self.process.output().splitlines()

    def takes(self, kind, within=90):
        eventually(f"it says {kind}", lambda: self.lines()[-1:] and self.lines()[-1].startswith(f"{kind}: "), within=within)
        return self


def left(host):
    links = host.run("ip", "-o", "link", "show", "dev", "home", expect=None, quiet=True).returncode == 0
    return links, sorted(os.listdir(FOLDER)) if os.path.isdir(FOLDER) else []


@pytest.fixture
def laptop(site, file):
    made = Laptop(site, file)
    yield made
    made.process.terminate()


def test_the_file_is_its_owners_alone_and_says_what_it_is(site, file):
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = json.loads(file.read_text(encoding="utf-8"))
    assert (told["version"], told["name"], told["stun"]) == (1, "home", ["198.51.100.7:3478"])
    assert told["relays"] == [f"{RELAY4}:{site.relay.config('alice')['port']}"]
    assert f"Endpoint = {told['relays'][0]}" in told["tunnel"] and "PrivateKey = " in told["tunnel"]


def test_a_hole_is_punched_and_nothing_is_left(site, laptop):
    laptop.takes("hole-punched")
    assert laptop.lines()[0] == f"relay: {RELAY4}:{site.relay.config('alice')['port']}"
    clients.ping(laptop.host, INSIDE4, count=3)
    [peer] = site.box.json("reachability", "status")["wireguard"]["peers"]
    assert (peer["path"], peer["endpoint"].rpartition(":")[0]) == ("hole-punched", "192.0.2.21")
    assert laptop.process.terminate() == 0
    assert left(laptop.host) == (False, [])


def test_what_is_in_the_tunnel_goes_on_when_the_path_dies(site, laptop):
    laptop.takes("hole-punched")
    between, download, pings = Between(site), Download(laptop.host, INSIDE4, 9000), Pings(laptop.host, INSIDE4, interval=EVERY)
    assert download.goes_on()
    between.close()
    laptop.takes("relay", within=10)
    assert download.goes_on()
    between.open()
    laptop.takes("hole-punched", within=30)
    assert download.goes_on()
    download.stop()
    assert 0 < pings.lost() * EVERY < 3


def test_one_that_was_killed_is_followed_by_another(site, file, laptop):
    eventually("it says where it sends", laptop.lines, within=30)
    second = laptop.host.run(binaries() / "sluice", "connect", file, expect=1)
    assert second.stderr == 'connect: make the tunnel: "home" is connected already\n'
    laptop.process.kill()
    assert left(laptop.host) == (True, ["home.conf", "home.lock"])
    again = Laptop(site, file).takes("hole-punched")
    clients.ping(laptop.host, INSIDE4, count=3)
    assert again.process.terminate() == 0
    assert left(laptop.host) == (False, [])


def test_a_file_that_would_run_programs_changes_nothing(site, file):
    told = json.loads(file.read_text(encoding="utf-8"))
    told["tunnel"] = told["tunnel"].replace("[Peer]", "PostUp = touch /run/owned\n[Peer]")
    hostile = site.lab.directory / "hostile.json"
    hostile.write_text(json.dumps(told), encoding="utf-8")
    refused = site.phone_host.run(binaries() / "sluice", "connect", hostile, expect=3)
    assert "would run programs" in refused.stderr and refused.stderr.count("\n") == 1
    assert left(site.phone_host) == (False, []) and not os.path.exists("/run/owned")
