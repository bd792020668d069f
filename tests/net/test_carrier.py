# SPDX-License-Identifier: GPL-2.0-or-later
"""A pulled cable is told wherever somebody may look for it; what somebody set down on purpose is not taken for one."""

import json

import documents
import pytest
import ways
from lab import HomeLab, eventually
from lab.monitor import Monitor

hook = ways.one_hook


@pytest.fixture
def fresh(own_lab):
    home = HomeLab(own_lab)
    home.gateway.start_daemon()
    return home


def state_of(home, name):
    rows = home.gateway.json("show", "interfaces")["interfaces"]
    return next(row["state"] for row in rows if row["name"] == name)


def findings(home):
    return [row["finding"] for row in home.gateway.json("doctor")["checks"] if row["name"] == "carrier"]


def test_a_pulled_cable_is_told(fresh, engine, hook):
    fresh.gateway.apply(documents.carried_by(engine, hook))
    seen = Monitor(fresh.gateway, "--changes", "--now")
    seen.find(what="interface", name="wan", state="up")
    fresh.outside.ip("link set eth0 down")
    line = seen.find(what="interface", name="wan", state="no-carrier")
    assert line["before"] == "up" and line["zone"] == "internet"
    assert state_of(fresh, "wan") == "no-carrier" and state_of(fresh, "lan") == "up"
    status = fresh.gateway.json("status")
    assert [row["state"] for row in status["interfaces"] if row["name"] == "wan"] == ["no-carrier"]
    assert status["state"] == "running", "what the document asks for is there"
    assert findings(fresh) == ["no carrier at wan (internet)"]
    fresh.outside.ip("link set eth0 up")
    assert seen.find(what="interface", name="wan", state="up")["before"] == "no-carrier"
    assert findings(fresh) == []
    seen.end()


def test_what_is_set_down_is_down(fresh, engine, hook):
    document = documents.carried_by(engine, hook)
    document["interfaces"]["spare"] = {"zone": "lan"}   # one with addresses is put up again
    fresh.gateway.ip("link add spare type veth peer name far")
    fresh.gateway.apply(document)
    assert state_of(fresh, "spare") == "down" and findings(fresh) == []
    fresh.gateway.ip("link set spare up")
    eventually("it lacks its other end", lambda: state_of(fresh, "spare") == "no-carrier")
    assert findings(fresh) == ["no carrier at spare (lan)"]
    fresh.gateway.ip("link set spare down")
    eventually("it is down again", lambda: state_of(fresh, "spare") == "down")


def test_a_bridge_has_the_carrier_of_what_is_attached(fresh, engine, hook):
    document = documents.carried_by(engine, hook)
    document["interfaces"]["br0"] = {"zone": "lan", "bridge": {"members": []}, "addresses": ["192.0.2.129/25"]}
    fresh.gateway.apply(document)
    assert state_of(fresh, "br0") == "up", "nothing is attached yet"
    fresh.gateway.ip("link add one type veth peer name other")
    fresh.gateway.ip("link set other up")
    fresh.gateway.ip("link set one master br0 up")
    eventually("the port forwards", lambda: "state forwarding" in fresh.gateway.run("bridge", "link", "show", "dev", "one").stdout)
    assert state_of(fresh, "br0") == "up"
    fresh.gateway.ip("link set other down")
    eventually("what is attached has none", lambda: state_of(fresh, "br0") == "no-carrier")
    assert findings(fresh) == ["no carrier at br0 (lan)"]
    fresh.gateway.ip("link del one")
    eventually("nothing is attached any more", lambda: state_of(fresh, "br0") == "up")
    assert findings(fresh) == []


def told(home, event, interface):
    """Entries of the log, which are lines of JSON where there is no journal."""
    rows = [json.loads(line) for line in home.gateway.daemon.output().splitlines() if line.startswith("{")]
    return [row for row in rows if row["event"] == event and row.get("interface") == interface]


def test_a_pulled_cable_is_an_event(fresh, engine, hook):
    document = documents.carried_by(engine, hook)
    document["interfaces"]["br0"] = {"zone": "lan", "bridge": {"members": ["one"]}, "addresses": ["192.0.2.129/25"]}
    fresh.gateway.ip("link add one type veth peer name other")
    fresh.gateway.ip("link set other up")
    fresh.gateway.ip("link set one up")
    fresh.gateway.apply(document)
    fresh.outside.ip("link set eth0 down")
    eventually("the uplink's is told", lambda: told(fresh, "carrier-lost", "wan"))
    lost, = told(fresh, "carrier-lost", "wan")
    assert (lost["zone"], lost["priority"]) == ("internet", "warning")
    assert lost["message"] == 'interface "wan" has no carrier: the cable is out, or what is at its other end is off'
    assert not told(fresh, "carrier-found", "wan")
    fresh.outside.ip("link set eth0 up")
    eventually("it is back", lambda: told(fresh, "carrier-found", "wan"))
    assert told(fresh, "carrier-found", "wan")[0]["message"] == 'interface "wan" has a carrier again'
    fresh.gateway.ip("link set other down")
    eventually("the port's is told", lambda: told(fresh, "carrier-lost", "one"))
    assert told(fresh, "carrier-lost", "one")[0]["bridge"] == "br0"
    fresh.gateway.ip("link set other up")
    eventually("it is back too", lambda: told(fresh, "carrier-found", "one"))
    assert len(told(fresh, "carrier-lost", "wan")) == len(told(fresh, "carrier-found", "wan")) == 1
    assert not told(fresh, "carrier-lost", "lan")


def test_what_never_had_a_carrier_is_told_once_and_what_is_set_down_is_not(fresh, engine, hook):
    document = documents.carried_by(engine, hook)
    document["interfaces"]["spare"] = {"zone": "lan"}
    fresh.gateway.ip("link add spare type veth peer name far")
    fresh.gateway.apply(document)
    fresh.gateway.ip("link set spare up")
    eventually("it is told", lambda: told(fresh, "carrier-lost", "spare"), within=15)
    fresh.gateway.ip("link set spare down")
    fresh.gateway.ip("link set far up")
    fresh.gateway.ip("link set spare up")
    eventually("it has one", lambda: told(fresh, "carrier-found", "spare"))
    fresh.gateway.ip("link set spare down")
    fresh.outside.ip("link set eth0 down")
    eventually("another one is told", lambda: told(fresh, "carrier-lost", "wan"))
    assert len(told(fresh, "carrier-lost", "spare")) == 1
