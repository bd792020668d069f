# SPDX-License-Identifier: GPL-2.0-or-later
"""What is open through the front ends when its backend may not carry it any more, as at the service's own ports."""
import contextlib
import copy
import time

from front_site import PORT, SHOP, front_fixtures
from lab import eventually
from lab.home import INSIDE4, SECOND4
from lab.wait import stays

GRACE, DRAIN, SOON = 3, 4, 5   # seconds

site, restored = front_fixtures(params=["ebpf", "nftables"])


def two_ways(site, **service):
    """A backend with an address on each of two underlays."""
    document = site.document()
    document["underlays"]["other"] = {"zone": "lan"}
    document["services"]["web"] |= {"backends": [{"name": "one", "near": f"{INSIDE4}:{PORT}", "other": f"{SECOND4}:{PORT}"}],
                                    "balance": "prefer:near", "grace": f"{GRACE}s"} | service
    return document


def opened_to_inside(site, document):
    site.apply(document)
    site.home.route_gateway()
    eventually("it serves", lambda: site.client.ask(SHOP).seen["name"] == "inside")
    opened = site.client.websocket(SHOP)
    assert opened.status == 101 and opened.echoes()
    return opened


def is_ended(opened):
    """Not merely silent."""
    opened.session.settimeout(0.1)
    try:
        return opened.session.recv(100) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


@contextlib.contextmanager
def ends_after(seconds, opened):
    """From now on it has so much time, and no more."""
    begins = time.monotonic()
    yield
    eventually("it ends", lambda: is_ended(opened), within=seconds + SOON)
    assert time.monotonic() - begins >= seconds, "it has its time"


def test_an_underlay_that_may_not_carry(restored):
    document = two_ways(restored)
    opened = opened_to_inside(restored, document)
    with ends_after(GRACE, opened):
        restored.apply(document | {"network_mode": "other-only"})
        assert restored.client.ask(SHOP).seen["name"] == "second"


def test_an_address_that_left_the_document(restored):
    document = two_ways(restored)
    opened = opened_to_inside(restored, document)
    left = copy.deepcopy(document)
    del left["services"]["web"]["backends"][0]["near"]
    with ends_after(GRACE, opened):
        restored.apply(left)
        assert restored.client.ask(SHOP).seen["name"] == "second"


def test_a_drain_that_is_over(restored):
    document = restored.document()
    opened = opened_to_inside(restored, document)
    document["services"]["web"]["backends"].append({"name": "more", "near": f"{SECOND4}:{PORT}"})
    restored.apply(document)
    with ends_after(DRAIN, opened):
        restored.gateway.sluice("service", "drain", "web", "one", "--for", f"{DRAIN}s")


def test_a_drain_without_an_end_ends_nothing(restored):
    document = two_ways(restored)
    opened = opened_to_inside(restored, document)
    restored.gateway.sluice("service", "drain", "web", "one", expect=None)
    stays("it goes on", opened.echoes, GRACE + 2)


def test_a_reset_of_who_is_down(restored):
    opened = opened_to_inside(restored, two_ways(restored, on_down="reset"))
    with vanished(restored, "inside"):
        eventually("it is reset", lambda: is_ended(opened), within=SOON)


def test_who_is_down_may_come_back(restored):
    opened = opened_to_inside(restored, two_ways(restored))
    with vanished(restored, "inside"):
        eventually("it is down", lambda: "down" in [row["state"] for row in restored.gateway.show("services")])
    assert opened.echoes()


@contextlib.contextmanager
def vanished(site, host):
    site.home.switch.ip("link set", host, "down")
    try:
        yield
    finally:
        site.home.switch.ip("link set", host, "up")


def test_a_service_that_left_the_document(restored):
    document = restored.document()
    opened = opened_to_inside(restored, document)
    document["services"]["other"] = {**document["services"]["api"], "ports": 8083}
    document["sites"]["shop"]["paths"] = []
    document["sites"]["shop"]["service"] = document["sites"]["app1"]["service"] = "other"
    restored.apply(document)
    assert opened.echoes(), "a site that is another service's now keeps what it has open"
    del document["services"]["web"]
    restored.apply(document)
    eventually("it ends", lambda: is_ended(opened))


def test_another_name_ends_nothing(restored):
    document = two_ways(restored)
    opened = opened_to_inside(restored, document)
    document["services"]["web"]["backends"][0]["name"] = "renamed"
    restored.apply(document)
    stays("it goes on", opened.echoes, GRACE + 2)
