# SPDX-License-Identifier: GPL-2.0-or-later
"""Whom a service is not for, it is not for by its sites either."""
import json

import pytest
from front_site import PRIVATE, SHOP, front_fixtures
from lab import eventually
from lab.front import FrontClient
from lab.home import OTHER_OUTSIDE4, OUTSIDE4, WAN4

OTHERS = "203.0.113.128/25"   # nobody of the site is in it

site, restored = front_fixtures()


@pytest.fixture
def others(site):
    return FrontClient(site.home.outside, WAN4, source=OTHER_OUTSIDE4)


def narrowed(site, *sources, service="web"):
    document = site.document()
    document["services"][service]["source"] = list(sources)
    return document


def statuses(site, *askers, name=SHOP, **more):
    return [asker.ask(name, **more).status for asker in askers or (site.client,)]


def test_only_sources_of_the_service_open_its_sites(restored, others):
    restored.apply(narrowed(restored, OUTSIDE4))
    assert statuses(restored, restored.client, others) == [200, 403]
    assert statuses(restored, restored.client, others, name=PRIVATE, token=restored.token()) == [200, 403]
    assert statuses(restored, restored.client, others, path="/api/raw") == [200, 200], "another service is for everybody"
    said = others.ask(SHOP, headers={"Accept": "application/json"})
    assert json.loads(said.body)["status"] == 403 and said.headers["Content-Type"] == "application/json"


def test_a_path_of_a_narrow_service(restored, others):
    restored.apply(narrowed(restored, OUTSIDE4, service="api"))
    assert statuses(restored, restored.client, others, path="/api/x") == [200, 403]
    assert statuses(restored, restored.client, others) == [200, 200]


def test_a_set_changes_without_a_reload(restored, others):
    document = narrowed(restored, "friends")
    document["sets"]["friends"] = [OTHERS]
    restored.apply(document)
    assert statuses(restored, restored.client, others) == [403, 403]
    worker = restored.worker()
    document["sets"]["friends"] = [OTHERS, f"{OTHER_OUTSIDE4}/32"]
    restored.apply(document)
    assert statuses(restored, restored.client, others) == [403, 200]
    document["sets"]["friends"] = ["2001:db8:f::/64", f"{OUTSIDE4}/32"]
    restored.apply(document)
    assert statuses(restored, restored.client, others) == [200, 403]
    assert restored.worker() == worker


@pytest.mark.parametrize("was_narrow", [False, True])
def test_what_is_open_is_closed(restored, others, was_narrow):
    """Also in the worker of before, which the first source of a service takes."""
    if was_narrow:
        restored.apply(narrowed(restored, OUTSIDE4, OTHER_OUTSIDE4))
    mine, theirs = (one.websocket(SHOP) for one in (restored.client, others))
    assert mine.echoes() and theirs.echoes()
    restored.apply(narrowed(restored, OUTSIDE4))
    eventually("theirs is closed", theirs.is_closed, within=2)
    assert mine.echoes()
