# SPDX-License-Identifier: GPL-2.0-or-later
"""Since when an address of a backend is in the state that is told of it: also where the document says so, and not its checks."""

from datetime import datetime, timezone

import documents
import pytest
from lab import HomeLab, Lab, eventually
from lab.home import INSIDE4, OUTSIDE4, SECOND4, WAN4
from lab.monitor import Monitor

CHECKED = {"type": "tcp", "port": 8080, "interval": "200ms", "timeout": "200ms", "rise": 1, "fall": 2}


def served(engine, mode="both", timeout="30s"):
    made = documents.carried_by(engine)
    made |= {"underlays": {"near": {"zone": "lan"}, "far": {"zone": "internet"}}, "network_mode": mode, "timeouts": {"udp": timeout}}
    made["services"] = {
        "asked": {"listen": WAN4, "ports": 8081, "health": CHECKED, "grace": "2s",
                  "backends": [{"name": "one", "near": INSIDE4}, {"name": "two", "near": SECOND4, "far": OUTSIDE4}]},
        "unasked": {"listen": WAN4, "ports": 8082, "grace": "2s", "backends": [{"name": "one", "near": INSIDE4}]}}
    return made


@pytest.fixture(scope="module")
def gateway(engine):
    with Lab("tc") as lab:
        made = HomeLab(lab).gateway
        made.start_daemon()
        made.apply(served(engine))
        eventually("nobody listens there, and it is known", lambda: row(made, "asked")["state"] == "down")
        yield made


@pytest.fixture(autouse=True)
def restored(gateway, engine):
    yield
    gateway.apply(served(engine))


def row(gateway, service, backend="one", underlay="near"):
    found = [one for one in gateway.show("services")
             if (one["service"], one["backend"], one["underlay"]) == (service, backend, underlay)]
    assert len(found) == 1
    return found[0]


def has_state(gateway, state, *whose):
    eventually(f"it is {state}", lambda: row(gateway, *whose)["state"] == state)
    return row(gateway, *whose)["since"]


def later_second():
    """The next whole second: what happens from now on is told to be of it, or of a later one."""
    before = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    eventually("a second has gone by", lambda: datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") > before)
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("service", ["asked", "unasked"])
def test_it_drains_since_it_was_told_to_and_serves_since_it_drains_no_more(gateway, service):
    began = later_second()
    gateway.sluice("service", "drain", service, "one")
    drains = has_state(gateway, "draining", service)
    assert drains >= began
    began = later_second()
    gateway.sluice("service", "undrain", service, "one")
    assert row(gateway, service)["state"] != "draining"
    assert row(gateway, service)["since"] >= began


@pytest.mark.parametrize("service", ["asked", "unasked"])
def test_another_change_of_the_document_leaves_it(gateway, engine, service):
    for words in (["undrain"], ["drain"]):
        gateway.sluice("service", *words, service, "one")
        before = row(gateway, service)
        later_second()
        gateway.sluice("forward", "add", "more", "--listen", WAN4, "--ports", "9999", "--to", f"{INSIDE4}:80")
        after = row(gateway, service)
        assert (after["state"], after["since"]) == (before["state"], before["since"])
        gateway.sluice("forward", "remove", "more")


def test_it_is_drained_since_its_time_was_over(gateway):
    gateway.sluice("service", "drain", "asked", "one", "--for", "2s")
    over = row(gateway, "asked")["reason"].removeprefix("drains until ")
    assert has_state(gateway, "down", "asked") == over
    assert row(gateway, "asked")["reason"] == "drained"


def test_an_underlay_that_carries_no_more_is_left_since_then(gateway, engine):
    began = later_second()
    gateway.apply(served(engine, mode="far-only"))
    left = has_state(gateway, "draining", "asked", "two")
    assert left >= began
    assert has_state(gateway, "down", "asked", "two") > left, "its grace was over later"


def test_who_follows_is_told_the_same(gateway):
    monitor = Monitor(gateway, "--health", "--now")
    monitor.find(service="unasked")
    began = later_second()
    gateway.sluice("service", "drain", "asked", "one")
    told = monitor.find(service="asked", backend="one", state="draining")
    monitor.end()
    assert began <= told["since"] == row(gateway, "asked")["since"]
