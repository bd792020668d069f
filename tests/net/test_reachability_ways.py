# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever carries the box's traffic: what STUN servers answer to the port of WireGuard reaches who asked, and a phone on another
network reaches the box by the port that the router gave.
"""

import pytest
import ways
from lab import eventually
from lab.behind_nat import OUTSIDE4, PORT, BehindNat, box_document, router_document
from lab.phones import Phone, own_runtime_directory

hook, engine = ways.hook, ways.engine   # of each way


@pytest.fixture(scope="module")
def behind(lab, engine, hook):
    own_runtime_directory()
    made = BehindNat(lab, router="sluice")
    made.router.start_daemon()
    made.router.apply(router_document())
    made.box.start_daemon()
    lab.defer(made.box.sluice, "cleanup", expect=None)
    made.box.apply(box_document(engine, hook))
    made.phone = lab.host("phone")
    lab.wire((made.world, "phone"), (made.phone, "eth0"))
    made.world.addresses("phone", "192.0.2.1/24")
    made.world.sysctl("net/ipv4/ip_forward", "1")
    made.phone.addresses("eth0", "192.0.2.7/24").routes("default via 192.0.2.1")
    return made


def test_strangers_are_seen_to_get_through(behind):
    eventually("the path is direct", lambda: behind.status()["path"] == "direct", within=20)
    assert behind.status()["endpoint"] == f"{OUTSIDE4}:{PORT}"


def test_a_phone_gets_through(behind):
    phone = Phone(behind.box, behind.phone, "home", "phone", "wgphone").up()
    assert f"Endpoint = {OUTSIDE4}:{PORT}" in phone.file.read_text(encoding="utf-8")
    behind.phone.run("ping", "-c", 1, "-W", 1, "10.100.0.1", expect=None)
    phone.has_state("active")
    [peer] = behind.status()["wireguard"]["peers"]
    assert peer["path"] == "direct" and peer["endpoint"].startswith("192.0.2.7:")
