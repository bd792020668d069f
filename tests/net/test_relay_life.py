# SPDX-License-Identifier: GPL-2.0-or-later
"""A client's port of a relay is its own until it is removed, whatever happens meanwhile; a gateway with several relays is told by the
nearest one that answers. What only daemons decide: one engine carries it.
"""

import json
import stat

import pytest
from lab import clients, eventually
from lab.pings import Pings
from relay_site import INSIDE4, OTHER4, OWN_MACHINE, RELAY4, RelaySite, box_document, pair, relay_document

WAY = ("ebpf", "tc")


@pytest.fixture(scope="module", params=["tc"])
def hook(request):
    return request.param


@pytest.fixture(scope="module")
def site(lab):
    return RelaySite(lab, WAY).start().is_reached()


def ports(site):
    return {row["name"]: (row["port"], row["address"]) for row in site.relay.gateway.show("relay")}


def test_verbs_are_edits_of_the_document(site):
    relay = site.relay
    _, public = pair(site.net)
    assert relay.add("bob", public, "--rate", "5mbit", "--to-port", 51821, "--why", "bob paid").returncode == 0
    document = json.loads(relay.gateway.sluice("export").stdout)
    assert document["relay"]["clients"]["bob"] == {"public_key": public, "rate": "5mbit", "to_port": 51821}
    newest = relay.gateway.json("history")["history"][0]
    assert newest["why"] == "bob paid"
    relay.add("bob", public, "--rate", "5mbit", "--to-port", 51821)
    assert relay.gateway.json("history")["history"][0]["rev"] == newest["rev"], "what is there already changes nothing"
    refused = relay.add("carol", public, expect=3).stderr
    assert f"\"{public}\" is that of client \"bob\"" in refused
    assert "44 characters" in relay.add("carol", "nonsense", expect=3).stderr
    assert "there is no relay client \"zoe\"" in relay.gateway.sluice("relay", "config", "zoe", expect=2).stderr
    assert "no relay client \"zoe\"" in relay.gateway.sluice("relay", "remove", "zoe", expect=2).stderr
    told = relay.config("bob")
    assert told["to_port"] == 51821 and relay.row("bob")["rate"] == "5mbit"
    private = relay.gateway.state / "network-keys" / "relay:.key"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert private.read_text(encoding="ascii").strip() not in json.dumps(told), "nothing of the relay's is secret in it"
    relay.gateway.sluice("relay", "remove", "bob")
    assert list(ports(site)) == ["alice"]


def test_a_port_outlives_restarts_and_rollbacks(site):
    relay = site.relay.gateway
    _, public = pair(site.net)
    site.relay.add("bob", public)
    before = ports(site)
    relay.daemon.kill()
    relay.start_daemon()
    assert ports(site) == before
    relay.apply(relay_document(WAY, {"alice": {"public_key": site.relay.row("alice")["public_key"]}}))
    assert ports(site) == {"alice": before["alice"]}
    relay.sluice("rollback")
    assert ports(site) == before, "what is given back rests"
    good = relay.json("status")["revision"]
    relay.sluice("relay", "remove", "bob")
    _, public = pair(site.net)
    site.relay.add("carol", public)
    assert ports(site)["carol"] not in before.values(), "nobody else is given it meanwhile"
    relay.sluice("rollback", good)
    assert ports(site) == before


def test_traffic_goes_on_while_the_relay_is_killed(site):
    phone = site.phone().up()
    clients.ping(phone.host, INSIDE4)
    pings = Pings(phone.host, INSIDE4, interval=0.02)
    assert pings.runs()
    site.relay.gateway.daemon.kill()
    assert pings.runs()
    site.relay.gateway.start_daemon()
    assert pings.runs() and pings.lost() == 0
    phone.down()


def test_a_backup_keeps_ports_and_keys(site, lab):
    relay = site.relay.gateway
    told, sealed = site.relay.config("alice"), lab.directory / "relay.backup"
    key = lab.directory / "backup.key"
    relay.sluice("backup", sealed, "--to", relay.sluice("backup", "--generate-key", key).stdout.strip())
    other = lab.gateway("restored")
    lab.wire((site.net, "to80"), (other, "wan"))
    other.addresses("wan", "198.51.100.81/31").routes("default via 198.51.100.80")
    other.launcher = OWN_MACHINE
    other.start_daemon()
    other.sluice("restore", sealed, "--key-file", key)
    again = json.loads(other.sluice("relay", "config", "alice").stdout)
    assert again | {"endpoints": 0} == told | {"endpoints": 0}
    assert again["endpoints"] == ["198.51.100.81:51830"]
    resolved = json.loads(other.sluice("export", "--resolved").stdout)["relay"]["clients"]["alice"]
    assert (resolved["port"], resolved["address"]) == (told["port"], told["address"])
    other.sluice("cleanup")


@pytest.fixture(scope="module")
def two(site):
    """A second relay, whose subnet is another one."""
    other = site.second_relay()
    site.box.apply(box_document(WAY, "eu", "us"))
    site.relays_answer()
    return other


def in_use(site):
    return [row["name"] for row in site.box.show("relays") if row["in_use"]]


def dialled(site):
    text = site.box.sluice("endpoint", "config", "home", "phone").stdout
    return next(line.split(" = ")[1] for line in text.splitlines() if line.startswith("Endpoint"))


def test_a_dead_relay_is_left_and_taken_again(site, two):
    phone = site.phone().up()
    eu, us = (f"{address}:{port}" for address, port in
              ((RELAY4, site.relay.config("alice")["port"]), (OTHER4, two.config("alice")["port"])))
    eventually("the nearer one is told", lambda: in_use(site) == ["eu"], within=30)
    assert dialled(site) == eu
    site.net.ip("link set eth0 down")   # of the net, which leads to the nearer one
    eventually("the other one is told", lambda: in_use(site) == ["us"], within=8)
    assert dialled(site) == us and site.used("eu")["state"] == "down"
    [peer] = phone.host.run("wg", "show", phone.device, "peers").stdout.split()
    phone.host.run("wg", "set", phone.device, "peer", peer, "endpoint", us)
    clients.ping(phone.host, INSIDE4, count=3)
    site.net.ip("link set eth0 up")
    eventually("the nearer one is back", lambda: in_use(site) == ["eu"], within=60)


def test_relays_of_one_subnet_are_refused(site, two):
    text = (site.box.state / "relay-eu.conf").read_text(encoding="utf-8")
    (site.box.state / "relay-xx.conf").write_text(text, encoding="utf-8")
    refused = site.box.apply(box_document(WAY, "eu", "xx"), expect=3).stderr
    assert 'let that relay have another "subnet"' in refused
    (site.box.state / "relay-xx.conf").write_text("{}", encoding="utf-8")
    assert "relay-xx.conf" in site.box.apply(box_document(WAY, "eu", "xx"), expect=3).stderr
    (site.box.state / "relay-xx.conf").unlink()
    assert "sluice relay config" in site.box.apply(box_document(WAY, "eu", "xx"), expect=3).stderr
    assert in_use(site), "what was in force goes on"


def test_a_lost_file_is_told_and_the_relay_stays(site, two):
    lost = site.box.state / "relay-eu.conf"
    text = lost.read_text(encoding="utf-8")
    lost.unlink()
    said = site.box.apply(box_document(WAY, "eu", "us"), expect=6)
    assert "what the file said before holds" in said.stdout + said.stderr
    assert site.used("eu")["state"] == "up"
    lost.write_text(text, encoding="utf-8")


def test_nothing_is_left(site, two):
    for gateway in (site.box, site.relay.gateway):
        gateway.sluice("cleanup")
        links = json.loads(gateway.ip("-json link show").stdout)
        assert not [link["ifname"] for link in links if link["ifname"].startswith(("wg-", "relay-"))]
        assert not (gateway.state / "network-keys").exists()
