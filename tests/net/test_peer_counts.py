# SPDX-License-Identifier: GPL-2.0-or-later
"""What an endpoint carried is its own, whatever becomes of its peer: counts go on after it was disabled, after it had expired, with
another key, and over a start of the daemon."""

import time
from datetime import datetime, timedelta, timezone

import documents
import pytest
import ways
from lab import clients
from lab.phones import Phone, home_with_servers
from lab.wait import eventually

hook = ways.one_hook
GATEWAY4 = "10.100.0.1"


def with_phone(hook, **phone):
    return documents.home(hook) | {"wireguard": {"backend": "userspace"}, "networks": {
        "home": {"type": "secure-internet", "endpoints": {"phone": {"type": "mobile"} | phone}}}}


@pytest.fixture(scope="module")
def site(lab, hook):
    return home_with_servers(lab, with_phone(hook))


@pytest.fixture(scope="module")
def phone(site):
    return Phone(site.gateway, site.far, "home", "phone", "phone0").up()


def carried(site):
    row = next(row for row in site.gateway.show("endpoints") if row["name"] == "phone")
    network = next(row for row in site.gateway.show("networks") if row["name"] == "home")
    assert (network["rx_bytes"], network["tx_bytes"]) >= (row["rx_bytes"], row["tx_bytes"])
    return row["rx_bytes"], row["tx_bytes"], row["last_handshake"]


def never_less(site, before):
    now = carried(site)
    assert all(one >= other for one, other in zip(now, before)), (before, now)
    return now


def pinged(site, phone, before):
    """By the configuration of now, as somebody has who takes the tunnel down and up again."""
    phone.down()
    phone.up()
    clients.ping(phone.host, GATEWAY4)
    now = never_less(site, before)
    assert now[0] > before[0] and now[1] > before[1]
    return now


def test_disabled_and_enabled_again(site, phone):
    clients.ping(phone.host, GATEWAY4)
    before = carried(site)
    assert before[0] > 0 and before[1] > 0 and before[2]
    site.gateway.sluice("endpoint", "disable", "home", "phone")
    before = never_less(site, before)
    site.gateway.sluice("endpoint", "enable", "home", "phone")
    before = never_less(site, before)
    assert phone.row()["state"] == "idle"
    pinged(site, phone, before)


def test_expired(site, phone, hook):
    clients.ping(phone.host, GATEWAY4)
    before = carried(site)
    soon = (datetime.now(timezone.utc) + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    site.gateway.apply(with_phone(hook, expires=soon))
    eventually("it has expired", lambda: phone.row()["state"] == "expired")
    eventually("its peer is gone", lambda: not site.gateway.run("wg", "show", "wg-home", "peers").stdout.strip())
    before = never_less(site, before)
    site.gateway.apply(with_phone(hook))
    pinged(site, phone, before)


def test_with_another_key(site, phone):
    before = carried(site)
    site.gateway.sluice("endpoint", "rotate", "home", "phone")
    before = never_less(site, before)
    before = pinged(site, phone, before)
    eventually("the new key is in force", lambda: not phone.row()["rotating"])
    never_less(site, before)


def test_over_a_start_of_the_daemon_while_the_endpoint_expires(site, phone, hook):
    before = never_less(site, carried(site))
    site.gateway.stop_daemon()
    site.gateway.start_daemon()
    before = never_less(site, before)
    soon = datetime.now(timezone.utc) + timedelta(seconds=3)
    site.gateway.apply(with_phone(hook, expires=soon.strftime("%Y-%m-%dT%H:%M:%SZ")))
    site.gateway.stop_daemon()
    while datetime.now(timezone.utc) <= soon:
        time.sleep(0.1)
    site.gateway.start_daemon()
    eventually("it has expired", lambda: phone.row()["state"] == "expired")
    never_less(site, before)


def test_who_is_gone_and_comes_again_begins_anew(site, hook):
    site.gateway.sluice("endpoint", "remove", "home", "phone")
    site.gateway.apply(with_phone(hook))
    assert carried(site) == (0, 0, None)
