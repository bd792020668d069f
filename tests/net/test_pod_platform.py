# SPDX-License-Identifier: GPL-2.0-or-later
"""A platform of pods: each by its name behind the front, and each to the hosts of the internet whose names it may ask for."""

import pytest
from lab import clients, eventually
from lab.dns_client import addresses, ask, dig
from lab.home import FAR4, INSIDE4, OUTSIDE4
from platform_site import DNS, DNS_OVER_TLS, DOMAIN, FREE, OPEN, PODS, TLS, WEB, WWW, answered, document, platforms, reaches, say, shown, status


@pytest.fixture(scope="module")
def site(engine):
    yield from platforms(engine)


def test_a_service_has_a_name(site):
    services = {service["name"]: service["host"] for pod in PODS for service in shown(site, pod)["services"]}
    assert services == {"web": FREE, "open": OPEN}
    assert shown(site, "app1")["services"][0]["host"] == WWW


def test_the_owner_opens_it_and_nobody_else(site):
    eventually("it answers", lambda: status(site, WWW, "john") == 200)
    assert status(site, WWW) == 401 and status(site, WWW, "ann") == 403
    assert status(site, FREE, "ann") == 200, "the owner's, where nothing is said"
    assert status(site, OPEN) == 200


def test_the_pod_is_told_which_it_is_and_who_asks(site):
    seen = site.client.ask(WWW, token=site.signer.token("john"), headers={"X-Pod": "other", "X-User": "root"})
    assert seen.sent("X-Pod") == ["app1"] and seen.sent("X-User") == ["john"]


def test_who_it_is_shared_with_opens_it_too(site, engine):
    shared = {"owner": "john", "shared": [{"user": "bob", "until": "2099-01-01T00:00:00Z"}]}
    site.gateway.apply(document(engine, site, PODS | {"app1": PODS["app1"] | {"services": [{"name": "web", "port": WEB, "access": shared}]}}))
    eventually("bob may", lambda: status(site, WWW, "bob") == 200)
    site.gateway.apply(document(engine, site))
    eventually("bob may not", lambda: status(site, WWW, "bob") == 403)


def test_two_services_have_two_names(site, engine):
    twins = {"a": {"owner": "b-c", "services": [{"name": "web", "port": WEB}]},
             "a-b": {"owner": "c", "services": [{"name": "web", "port": WEB}]}}
    said = site.gateway.sluice("apply", site.gateway.write(document(engine, site, twins)), expect=3).stderr
    assert f'the host "web-a-b-c.{DOMAIN}" is that of site' in said


def test_nobody_else_is_asked_for_names(site):
    assert clients.udp_outcome(site.pods["app3"], OUTSIDE4, 53) != "answered"
    assert answered(site, "app1", "ready.example.com") == [FAR4]
    assert not dig(site.pods["app1"], "ready.example.com", server=shown(site, "app2")["gateway"]), "another pod's place"


def test_pods_are_known_by_name(site):
    address = shown(site, "app2")["address"]
    assert answered(site, "app1", "web.app2.pods.internal") == answered(site, "app3", "app2.pods.internal") == [address]
    assert site.gateway.sluice("pod", "exec", "app3", "--", "getent", "ahostsv4", "app2.pods.internal").stdout.startswith(address)


def test_a_look_up_opens_for_the_pod_that_asked(site):
    assert not reaches(site, "app1", TLS) and not reaches(site, "app2", TLS)
    assert answered(site, "app1", "www.example.net") == [FAR4]
    assert reaches(site, "app1", TLS) and not reaches(site, "app2", TLS)
    assert not reaches(site, "app1", WEB), "ports bound it"
    assert answered(site, "app2", "www.example.net") == [FAR4]
    assert reaches(site, "app2", TLS) and reaches(site, "app2", WEB)
    assert answered(site, "app3", "www.example.net") == [FAR4]
    assert not reaches(site, "app3", TLS)


def test_nobody_is_led_inside(site):
    for name in ("evil.example.net", "evil.example.com"):
        say(site, name, INSIDE4)
        for pod in PODS:
            assert addresses(ask(site.pods[pod], name, server=shown(site, pod)["gateway"])) == []


def test_hosts_that_are_open_by_their_names_are_asked_for_none(site):
    for pod in ("app2", "app4"):
        assert answered(site, pod, "www.example.net") == [FAR4]
    assert reaches(site, "app2", WEB) and not reaches(site, "app2", DNS) and not reaches(site, "app2", DNS_OVER_TLS)
    assert reaches(site, "app4", DNS) and not reaches(site, "app4", WEB), "its ports say so"


def test_nothing_of_it_is_left(site, engine):
    site.gateway.apply(document(engine, site, {}))
    assert "pod-" not in site.lab.run("ip", "netns").stdout
    site.gateway.sluice("cleanup")
