# SPDX-License-Identifier: GPL-2.0-or-later
"""A platform of pods whose document is taken back, gone back to, and moved: its pods are what they were."""


import pytest
from lab import clients, eventually
from lab.home import FAR4
from platform_site import FREE, OPEN, PODS, TLS, WWW, answered, document, platforms, reaches, serve, shown, status

KEPT = ("name", "owner", "address", "gateway", "namespace", "vrf", "services")
PUBLISHED = PODS | {"app2": PODS["app2"] | {"services": [{"name": "web", "port": 3000, "publish": True}, PODS["app2"]["services"][1]]}}
OTHERS = {"app1": PODS["app1"] | {"egress": {}, "services": []}, "app4": {}}


@pytest.fixture(scope="module")
def site():
    for made in platforms("ebpf"):
        made.gateway.apply(document("ebpf", made, PUBLISHED))
        yield made


def given(site):
    return [{key: shown(site, name)[key] for key in KEPT} for name in PODS]


def apply(site, pods, *options):
    return site.gateway.sluice("apply", site.gateway.write(document("ebpf", site, pods)), *options)


def spaces(site):
    return {line.split()[0] for line in site.lab.run("ip", "netns").stdout.splitlines() if line.startswith("pod-")}


def all_is_back(site, before):
    """What the pods were given, what they may, and what others may."""
    eventually("the pods are back", lambda: site.gateway.json("status")["pending_confirmation"] is None
               and spaces(site) == {f"pod-{name}" for name in PODS}, within=40)
    assert given(site) == before
    serve(site)
    eventually("the front leads to them", lambda: (status(site, WWW, "john"), status(site, FREE, "ann"), status(site, OPEN)) == (200, 200, 200))
    assert status(site, WWW, "ann") == 403
    assert answered(site, "app1", "www.example.net") == [FAR4] and reaches(site, "app1", TLS)
    web = shown(site, "app2")["services"][0]
    assert clients.tcp_outcome(site.far, web["outside_address"], web["outside_port"]) == "answered"


def others_are_there(site):
    assert spaces(site) == {"pod-app1", "pod-app4"}
    eventually("the front knows", lambda: (status(site, WWW, "john"), status(site, OPEN)) == (404, 404))
    return True


def test_what_nobody_confirms_is_taken_back(site):
    before = given(site)
    apply(site, OTHERS, "--confirm", "5s")
    assert others_are_there(site)
    all_is_back(site, before)


def test_even_when_the_daemon_was_killed_meanwhile(site):
    before = given(site)
    apply(site, OTHERS, "--confirm", "5s")
    site.gateway.daemon.kill()
    site.gateway.start_daemon()
    all_is_back(site, before)


def test_what_is_confirmed_stays_until_one_goes_back(site):
    before, revision = given(site), site.gateway.json("status")["revision"]
    apply(site, OTHERS, "--confirm", "60s")
    site.gateway.sluice("confirm")
    assert others_are_there(site)
    site.gateway.sluice("rollback", str(revision))
    all_is_back(site, before)


def test_it_is_restored_on_a_machine_without_anything(site):
    before = given(site)
    secret, file = site.lab.directory / "secret.key", site.lab.directory / "platform.backup"
    public = site.gateway.sluice("backup", "--generate-key", secret).stdout.strip()
    site.gateway.sluice("backup", file, "--to", public)
    site.gateway.cleanup()
    assert not spaces(site)
    site.gateway.start_daemon()
    site.gateway.sluice("restore", file, "--key-file", secret)
    site.route_gateway()
    all_is_back(site, before)


def test_a_document_that_says_what_they_have_makes_the_same_ones(site):
    before, backwards = given(site), {"aaa": {}, **dict(reversed(PUBLISHED.items()))}   # given anew they would have others
    apply(site, backwards)
    file = site.lab.directory / "resolved.json"
    file.write_text(site.gateway.sluice("export", "--resolved").stdout, encoding="utf-8")
    added = shown(site, "aaa")["address"]
    site.gateway.cleanup()
    assert not site.gateway.state.exists()
    site.gateway.start_daemon()
    site.gateway.sluice("apply", file)
    site.route_gateway()
    assert given(site) == before and shown(site, "aaa")["address"] == added
    site.gateway.sluice("pod", "remove", "aaa")
    all_is_back(site, before)
