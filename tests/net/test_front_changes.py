# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing that is open or asked is lost, whatever changes."""
import json
import os
import signal
from pathlib import Path

from front_site import PORT, PRIVATE, SHOP, front_fixtures
from lab import clients, eventually
from lab.front import Stream
from lab.home import INSIDE4, SECOND4, WAN4, WAN6


DIFFERENT = 8

site, restored = front_fixtures()


def test_changes_lose_nothing(restored):
    """50 requests a second and open WebSockets, while everything about the front changes."""
    site, document = restored, restored.document()
    opened = [site.client.websocket(SHOP), site.client.websocket(PRIVATE, token=site.token())]
    with Stream(site.client, SHOP) as public, Stream(site.client, PRIVATE, site.token(), rate=10) as private:
        worker = site.worker()
        document["sites"]["new"] = {"service": "web", "access": "public"}
        site.apply(document)
        document["sites"]["app1"]["access"]["team"].append("bob")
        site.apply(document)
        document["services"]["web"]["backends"].append({"name": "more", "near": f"{SECOND4}:{PORT}"})
        site.apply(document)
        eventually("both serve", lambda: {site.client.ask(SHOP).seen["name"] for _ in range(8)} == {"inside", "second"})
        site.gateway.sluice("service", "drain", "web", "one")
        eventually("one drains", lambda: {site.client.ask(SHOP).seen["name"] for _ in range(8)} == {"second"})
        site.gateway.sluice("service", "undrain", "web", "one")
        assert site.worker() == worker, "none of that is a reload"
        document["services"]["other"] = {**document["services"]["api"], "ports": 8083,
                                         "backends": [{"name": "x", "near": f"{INSIDE4}:{PORT}"}]}
        document["sites"]["new"]["service"] = "other"
        site.apply(document)
        assert site.worker() != worker, "a service that no site had is one"
        del document["sites"]["new"]
        document["front"]["http"] = 8080
        site.apply(document)
        site.apply(site.document())
        public.goes_on()
        private.goes_on()
    assert (public.failed, private.failed) == ([], [])
    assert all(one.echoes() for one in opened)


def test_a_plan_tells_of_them(restored):
    gateway = restored.gateway
    assert steps_of(gateway, "// why\n" + json.dumps(restored.document(), indent=4), exits=0) == []
    document = restored.document()
    document["sites"]["app1"]["access"] = "public"
    assert steps_of(gateway, document) == ["change the front: site app1"]
    document["sites"]["shop"]["limit"] = "5/1m"
    document["sites"]["new"] = {"service": "web", "access": "public"}
    document["front"]["tokens"]["issuer"] = "https://other.example.org"
    document["names"] = {"a.example.org": INSIDE4}
    everything = ["change the front: sites app1, new, shop; its tokens", "change the resolver's names"]
    assert steps_of(gateway, document) == everything
    file = gateway.write(document)
    applied = gateway.sluice("apply", file)
    assert applied.stdout.splitlines() == [f"{number}. {text}" for number, text in enumerate(everything, 1)]
    assert applied.stderr.strip().endswith("is in force: 2 steps")
    assert gateway.sluice("apply", file).stderr.strip().endswith("is in force: nothing was to do")
    assert steps_of(gateway, document, exits=0) == []


def steps_of(gateway, document, exits=DIFFERENT):
    planned = gateway.sluice("plan", "--exit-code", "-o", "json", gateway.write(document), expect=exits)
    return [step["text"] for step in json.loads(planned.stdout)["steps"]]


def test_the_daemon_may_go_and_come(restored):
    site, gateway = restored, restored.gateway
    opened, worker = site.client.websocket(SHOP), site.worker()
    with Stream(site.client, SHOP) as stream:
        gateway.stop_daemon()
        stream.goes_on()
        gateway.start_daemon()
        stream.goes_on()
        gateway.daemon.kill()
        stream.goes_on()
        gateway.start_daemon()
        stream.goes_on()
    assert stream.failed == [] and opened.echoes()
    assert site.worker() == worker, "nothing had changed"
    document = site.document()
    document["sites"]["late"] = {"service": "web", "access": "public"}
    site.apply(document)
    eventually("it is taken up", lambda: site.client.ask("late.pods.example.org", sni=SHOP).status == 200)
    assert site.worker() == worker


def test_what_changed_while_nobody_looked(restored):
    """Certificates are files of others: they change while no daemon runs."""
    from lab.front import certificate, fingerprint
    site, worker = restored, restored.worker()
    site.gateway.stop_daemon()
    certificate(site.files, "site", SHOP, PRIVATE)
    site.gateway.start_daemon()
    eventually("the new one is served", lambda: site.client.fingerprint(SHOP) == fingerprint(site.chain))
    assert site.worker() == worker


def test_health_is_that_of_the_service(restored):
    site = restored
    document = site.document()
    document["services"]["web"]["backends"].append({"name": "more", "near": f"{SECOND4}:{PORT}"})
    site.apply(document)
    eventually("both serve", lambda: {site.client.ask(SHOP).seen["name"] for _ in range(8)} == {"inside", "second"})
    with Stream(site.client, SHOP) as stream:
        site.backends["second"].kill()
        eventually("it is left", lambda: site.gateway.show("services")[1]["state"] == "down")
        stream.goes_on()
        site.backends["second"] = site.backend(site.home.second)
        eventually("and taken again", lambda: {site.client.ask(SHOP).seen["name"] for _ in range(8)} == {"inside", "second"})
    # A request that is under way to a backend that dies gets 502; a connection that is refused goes to another one.
    assert [status for status in stream.failed if status != 502] == [] and len(stream.failed) <= 2


def test_haproxy_is_started_again(restored):
    master = restored.master()
    os.kill(master, signal.SIGKILL)
    eventually("another one serves", lambda: clients.tcp_outcome(restored.home.outside, WAN4, 443) == "answered"
               and restored.client.ask(SHOP).status == 200, within=20)
    assert restored.master() != master


def holder_of(restored, port, listens=True):
    """Another program that has the port; where it does not listen, nobody sees it but who tries to have the port as well."""
    taken = restored.home.gateway.socket()
    taken.bind((WAN4, port))
    if listens:
        taken.listen()
    return taken


def degraded(site):
    return site.gateway.json("status")["degraded"]


def test_a_port_that_another_program_has(restored):
    document = restored.document()
    taken = holder_of(restored, 9080)
    document["front"]["http"] = 9080
    told = "front: 203.0.113.1:9080 is another program's"
    with Stream(restored.client, SHOP) as stream:
        assert told in restored.gateway.apply(document, expect=6).stderr
        document["sites"]["app1"]["access"] = {"owner": "john"}
        document["services"]["other"] = {**document["services"]["api"], "ports": 8083}
        document["sites"]["late"] = {"service": "other", "access": "public"}   # takes a reload
        restored.gateway.apply(document, expect=6)
        eventually("rights do not wait for it", lambda: restored.client.ask(PRIVATE, token=restored.token("ann")).status == 403, within=15)
        eventually("nor do sites", lambda: restored.client.ask("late.pods.example.org", sni=SHOP).status == 200)
        assert [text for text in degraded(restored) if told in text]
        stream.goes_on()
        taken.close()
        eventually("it is taken when it is free", lambda: clients.tcp_outcome(restored.home.outside, WAN4, 9080) == "answered", within=30)
        eventually("nothing is told any more", lambda: not degraded(restored))
        stream.goes_on()
    assert stream.failed == []
    assert Path(f"/proc/{restored.master()}").exists()


def end_haproxy(restored):
    master = restored.master()
    os.kill(master, signal.SIGKILL)
    return master


def test_haproxy_begins_where_a_port_is_taken(restored):
    document = restored.document()
    taken = holder_of(restored, 9081)
    document["front"]["http"] = 9081
    restored.gateway.apply(document, expect=6)
    master = end_haproxy(restored)
    eventually("sites are served", lambda: clients.tcp_outcome(restored.home.outside, WAN4, 443) == "answered"
               and restored.client.ask(SHOP).status == 200 and restored.master() not in (None, master), within=20)
    restored.apply(restored.document())
    assert restored.client.ask_plain(SHOP).status == 308
    taken.close()


def test_what_failed_is_tried_later_and_another_document_at_once(restored):
    """The port is bound and nobody listens: that is in no table, so HAProxy has to try."""
    document = restored.document()
    taken = holder_of(restored, 9082, listens=False)
    document["front"]["http"] = 9082
    told = "HAProxy does not take up its configuration"
    assert told in restored.gateway.apply(document, expect=6).stderr
    with Stream(restored.client, SHOP) as stream:
        for _ in range(5):
            stream.goes_on()
    assert stream.failed == [] and [text for text in degraded(restored) if told in text]
    end_haproxy(restored)
    eventually("it cannot begin", lambda: [text for text in degraded(restored) if "start HAProxy" in text], within=20)
    restored.apply(restored.document())
    assert restored.client.ask(SHOP).status == 200
    taken.close()


def test_an_address_that_comes_later(restored):
    later, document = "198.51.100.200", restored.document()
    document["front"]["listen"] = [WAN4, WAN6, later, "2001:db8:77::1"]
    with Stream(restored.client, SHOP) as stream:
        restored.apply(document)
        stream.goes_on()
    assert stream.failed == []
    master = end_haproxy(restored)
    eventually("it begins without the address too", lambda: clients.tcp_outcome(restored.home.outside, WAN4, 443) == "answered"
               and restored.client.ask(SHOP).status == 200 and restored.master() not in (None, master), within=20)
    restored.gateway.addresses("lo", f"{later}/32")
    assert clients.tcp_outcome(restored.gateway, later, 443) == "answered"
    restored.gateway.run("ip", "address", "delete", f"{later}/32", "dev", "lo")
