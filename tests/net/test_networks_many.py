# SPDX-License-Identifier: GPL-2.0-or-later
"""A network with a thousand endpoints: a change of one of them is nothing to the others, nor is it where nearly as many again
come. How long an apply takes is measured by bench/state/endpoints.py.
"""

import base64
import hashlib

import documents
import pytest
from lab import HomeLab, clients
from lab.home import OUTSIDE4, OUTSIDE6
from lab.phones import Phone, own_runtime_directory
from lab.pings import Pings

ENDPOINTS, MORE = 1000, 1900
DEVICE = "wg-crowd"
PING = 0.02   # seconds
OF_A_SESSION = ("endpoint", "handshake", "received", "sent")
COLUMNS = ("preshared", "endpoint", "allowed", "handshake", "received", "sent", "keepalive")


@pytest.fixture(scope="module", params=["tc"])
def hook(request):
    return request.param


def public_key(name):
    """Whose private half nobody knows: every 32 bytes are the public key of one (RFC 7748)."""
    return base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()


def crowd(count=ENDPOINTS, **changes):
    """One of them is a phone that calls; the gateway made its key."""
    strangers = {name: {"type": "mobile", "public_key": public_key(name)} for name in
                 (f"e{number}" for number in range(1, count))}
    for name, change in changes.items():
        strangers[name] |= change
    return {"crowd": {"type": "secure-internet", "subnet": "10.120.0.0/21", "endpoints": {"phone": {"type": "mobile"}} | strangers}}


def apply(gateway, base, *count, **changes):
    gateway.apply(base | {"networks": crowd(*count, **changes)})


@pytest.fixture(scope="module", params=["userspace", pytest.param("kernel", marks=pytest.mark.needs("wireguard"))])
def backend(request):
    return request.param


@pytest.fixture(scope="module")
def base(hook, backend):
    return documents.carried_by("ebpf", hook) | {"wireguard": {"backend": backend}}


@pytest.fixture(scope="module")
def site(lab, base):
    own_runtime_directory()
    home = HomeLab(lab)
    home.gateway.start_daemon()
    home.gateway.apply(base)
    home.route_gateway()
    apply(home.gateway, base)
    return home


@pytest.fixture(scope="module")
def phone(site):
    return Phone(site.gateway, site.far, "crowd", "phone", "phone0").up()


def peers(gateway):
    """What the device says of each, by public key."""
    lines = gateway.run("wg", "show", DEVICE, "dump").stdout.splitlines()[1:]
    return {key: dict(zip(COLUMNS, rest, strict=True)) for key, *rest in (line.split("\t") for line in lines)}


def without_session(peer):
    return {name: value for name, value in peer.items() if name not in OF_A_SESSION}


def test_all_of_them_are_there(site):
    seen = peers(site.gateway)
    assert len(seen) == ENDPOINTS
    assert len({peer["allowed"] for peer in seen.values()}) == ENDPOINTS


def test_one_of_them_is_served(site, phone):
    clients.ping(phone.host, OUTSIDE4)
    clients.ping(phone.host, OUTSIDE6)


def test_a_change_of_one_is_nothing_to_the_others(site, base, phone):
    changed, caller = public_key("e500"), phone.host.run("wg", "show", phone.device, "public-key").stdout.strip()
    before = peers(site.gateway)
    pings = Pings(phone.host, OUTSIDE4, interval=PING)
    assert pings.runs()
    apply(site.gateway, base, e500={"keepalive": "25s"})
    assert pings.runs() and pings.lost() == 0
    after = peers(site.gateway)
    assert after[changed] == before[changed] | {"keepalive": "25"}
    assert without_session(after[caller]) == without_session(before[caller])
    others = before.keys() - {changed, caller}
    assert len(others) == ENDPOINTS - 2 and {key: after[key] for key in others} == {key: before[key] for key in others}


def test_who_is_taken_out_goes_alone(site, base, phone):
    gone = public_key("e500")
    pings = Pings(phone.host, OUTSIDE4, interval=PING)
    assert pings.runs()
    apply(site.gateway, base, e500={"disabled": True})
    assert pings.runs() and pings.lost() == 0
    assert gone not in peers(site.gateway) and len(peers(site.gateway)) == ENDPOINTS - 1


@pytest.mark.spared("kernel")
def test_nearly_as_many_again_are_added(site, base):
    apply(site.gateway, base, MORE)
    seen = peers(site.gateway)
    assert len(seen) == MORE and len({peer["allowed"] for peer in seen.values()}) == MORE
