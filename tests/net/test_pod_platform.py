# SPDX-License-Identifier: GPL-2.0-or-later
"""A platform of pods: each by its name behind the front, and each to the hosts of the internet whose names it may ask for."""

import documents
import pytest
from lab import HomeLab, Lab, clients, eventually, servers
from lab.dns_client import addresses, ask, dig
from lab.dns_upstream import Upstream, rows
from lab.front import PROGRAM, FrontClient, Signer, certificate
from lab.home import FAR4, INSIDE4, OUTSIDE4, WAN4
from lab.pods import PodHost

WEB, TLS = 3000, 443
DOMAIN = "pods.example.org"
WWW, FREE, OPEN = (f"{label}.{DOMAIN}" for label in ("web-app1-john", "web-app2-ann", "open-app2-ann"))
PODS = {
    "app1": {"owner": "john", "services": [{"name": "web", "port": WEB, "access": "owner"}],
             "egress": {"domains": ["*.example.net"], "ports": [TLS]}},
    "app2": {"owner": "ann", "services": [{"name": "web", "port": WEB}, {"name": "open", "port": WEB, "access": "public"}],
             "egress": {"domains": ["*.example.net"]}},
    "app3": {},
}


def document(engine, site, pods=None):
    made = documents.carried_by(engine)
    made["nat"]["forwards"] = []
    made["resolver"] = {"upstreams": [OUTSIDE4]}
    made["front"] = {"listen": [WAN4], "domain": DOMAIN, "certificates": [{"chain": str(site.chain), "key": str(site.chain_key)}],
                     "tokens": {"algorithm": "ES256", "key_file": site.key}, "limits": {"public": "100000/1m", "user": "100000/1m"}}
    return made | {"pods": PODS if pods is None else pods}


@pytest.fixture(scope="module")
def site(engine):
    with Lab("tc") as lab:
        made = HomeLab(lab)
        made.signer = Signer()
        made.key = made.signer.public(lab.directory / "jwt.pub")
        made.chain, made.chain_key = certificate(lab.directory, "site", WWW, FREE, OPEN)
        made.gateway.start_daemon()
        made.gateway.apply(document(engine, made, {}))
        made.route_gateway()
        made.gateway.apply(document(engine, made))
        made.pods = {name: PodHost(lab, name) for name in PODS}
        for name in ("app1", "app2"):
            made.pods[name].start("/usr/bin/python3", "-B", PROGRAM, WEB, name)
        servers.tcp_peer_server(made.far, TLS)
        servers.tcp_peer_server(made.far, WEB)
        made.upstream = Upstream(made.outside, OUTSIDE4)
        say(made, "www.example.net", FAR4)
        say(made, "ready.example.com", FAR4)
        made.client = FrontClient(made.outside, WAN4)
        eventually("names are resolved", lambda: answered(made, "app3", "ready.example.com") == [FAR4], within=20)
        yield made


def say(site, name, *values):
    site.upstream.answers[name, "A"] = [rows(name, "A", *values)]


def shown(site, name):
    return site.gateway.json("pod", "show", name)


def answered(site, pod, name):
    return dig(site.pods[pod], name, server=shown(site, pod)["gateway"])


def reaches(site, pod, port):
    return clients.tcp_outcome(site.pods[pod], FAR4, port) == "answered"


def status(site, host, user=None):
    return site.client.ask(host, token=site.signer.token(user) if user else None).status


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


def test_nothing_of_it_is_left(site, engine):
    site.gateway.apply(document(engine, site, {}))
    assert "pod-" not in site.lab.run("ip", "netns").stdout
    site.gateway.sluice("cleanup")
