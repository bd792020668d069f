# SPDX-License-Identifier: GPL-2.0-or-later
"""One backend of a service changes: nothing else of the rules does, no client notices, and a kill in the middle leaves the old
service or the new one."""

import json
import threading
import time

import documents
import pytest
import ways
from lab import HomeLab, Lab, clients, eventually, servers
from lab.home import INSIDE4, SECOND4, WAN4
from lab.kill_points import KillPoints, chosen

hook = ways.one_hook

PORT, OTHER, SERVED = 8081, 8082, 8080
TAKEN = 8100
PORTS = [PORT, 9000, 9003, 9010]   # in rows of their own
KILLS = 8


def rows(port="", **more):
    return [{"name": name, "near": f"{address}{port}", **more.get(name, {})}
            for name, address in (("one", INSIDE4), ("two", SECOND4))]


def served(hook, timeout="30s", **more):
    made = documents.home(hook)
    made["underlays"] = {"near": {"zone": "lan"}}
    made["timeouts"] = {"udp": timeout}
    made["services"] = {"pool": {"listen": WAN4, "protocol": ["tcp", "udp"], "ports": [PORT, "9000-9010"], "backends": rows(**more)},
                        "other": {"listen": WAN4, "ports": OTHER, "backends": rows(f":{SERVED}")}}
    return made


@pytest.fixture(scope="module")
def site(hook):
    with Lab(hook) as lab:
        made = HomeLab(lab)
        made.gateway.start_daemon()
        made.gateway.apply(served(hook))
        made.route_gateway()
        for host in (made.inside, made.second):
            for port in (SERVED, *PORTS):
                servers.tcp_peer_server(host, port)
        yield made


def version(gateway):
    """Whose high half says by which rules flows were judged."""
    dumped = json.loads(gateway.run("bpftool", "-j", "map", "dump", "pinned", gateway.pins / "config", quiet=True).stdout)
    return dumped[0]["formatted"]["value"]["version"] >> 16


def flows(gateway, service="pool"):
    return {row["backend"]: row["flows"] for row in gateway.show("services") if row["service"] == service}


def led(site, connections=4, port=PORT):
    service = "pool" if port == PORT else "other"
    before = flows(site.gateway, service)
    for _ in range(connections):
        assert clients.tcp_peer(site.outside, WAN4, port, source=clients.unused_source())
    gained = {name: count - before[name] for name, count in flows(site.gateway, service).items()}
    return {name: count for name, count in gained.items() if count}


def put_by_this_daemon(site, hook, turn):
    """Rules that are exchanged as a whole."""
    site.gateway.apply(served(hook, timeout=f"{31 + turn}s"))


def steps_of(gateway, *words):
    """What the change takes, before it is made."""
    return [step["text"] for step in gateway.json(*words)["steps"]]


def test_only_the_service_changes(site, hook):
    assert led(site, port=OTHER) == {"one": 2, "two": 2}
    before, others = version(site.gateway), flows(site.gateway, "other")
    plan = steps_of(site.gateway, "plan", site.gateway.write(served(hook, one={"drain": True})))
    assert plan == ['lead service "pool" to 1 of 2 IPv4 addresses']
    site.gateway.sluice("service", "drain", "pool", "one")
    assert led(site) == {"two": 4}
    site.gateway.sluice("service", "undrain", "pool", "one")
    assert led(site) == {"one": 2, "two": 2}
    site.gateway.apply(served(hook, one={"weight": 3}))
    assert led(site) == {"one": 3, "two": 1}
    site.gateway.apply(served(hook))
    assert (version(site.gateway), flows(site.gateway, "other")) == (before, others)
    assert led(site, port=OTHER) == {"one": 2, "two": 2}


def test_a_backend_that_has_moved_is_left_by_its_connections_after_the_grace(site, hook):
    """It has the same name, and so the same number, where it is now."""
    source = clients.unused_source()
    connection = clients.EchoedConnection(site.outside, WAN4, OTHER, source=source)
    made = served(hook)
    made["services"]["other"] |= {"backends": rows(f":{PORTS[-1]}"), "grace": "1s"}
    site.gateway.apply(made)

    def is_reset():
        try:
            return not connection.says("is anybody there?")
        except ConnectionResetError:
            return True
    eventually("it is reset", is_reset)
    site.gateway.apply(served(hook))


def exported(gateway, *revision):
    return json.loads(gateway.sluice("export", *revision).stdout)


def entry(gateway):
    return gateway.json("history", "-n", "1")["history"][0]


def entry_of(gateway, revision):
    return next(row for row in gateway.json("history", "-n", "1000")["history"] if row["rev"] == revision)


def rfc3339_now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def test_a_drain_is_a_revision_like_any_other(site, hook):
    """Though neither the document is read for it nor its text written once more."""
    gateway = site.gateway
    gateway.apply(served(hook))
    first = entry(gateway)["rev"]
    before = gateway.sluice("export").stdout
    gateway.sluice("service", "drain", "pool", "one")
    drained = entry(gateway)
    assert (drained["rev"], drained["why"], drained["in_force"]) == (first + 1, "service drain pool one", True)
    assert exported(gateway) == served(hook, one={"drain": True})
    changes = json.loads(gateway.sluice("diff", "-o", "json", expect=8).stdout)
    assert [(row["path"].rsplit(".", 1)[-1], row["new"]) for row in changes] == [("drain", True)]
    gateway.sluice("service", "drain", "pool", "one", "--for", "1h")
    until = exported(gateway)["services"]["pool"]["backends"][0]["drain"]
    assert [row["reason"] for row in gateway.show("services") if (row["service"], row["backend"]) == ("pool", "one")] == [f"drains until {until}"]
    gateway.daemon.kill()
    gateway.start_daemon()
    assert exported(gateway)["services"]["pool"]["backends"][0]["drain"] == until
    assert exported(gateway, str(first + 1)) == served(hook, one={"drain": True})
    assert led(site) == {"two": 4}
    gateway.sluice("rollback", str(first))
    assert gateway.sluice("export").stdout == before
    assert led(site) == {"one": 2, "two": 2}


def test_a_drain_settles_what_waits_and_refuses_what_is_not_there(site, hook):
    gateway = site.gateway
    gateway.apply(served(hook))
    before = entry(gateway)["rev"]
    for words, said in ((("pool", "three"), "has no backend"), (("lake", "one"), "has no service")):
        assert said in gateway.sluice("service", "drain", *words, expect=2).stderr
    assert entry(gateway)["rev"] == before
    gateway.sluice("apply", gateway.write(served(hook, two={"weight": 2})), "--confirm", "60s")
    gateway.sluice("service", "drain", "pool", "one")
    assert gateway.json("status")["pending_confirmation"] is None
    assert exported(gateway) == served(hook, one={"drain": True}, two={"weight": 2})
    gateway.sluice("service", "drain", "pool", "two")
    assert clients.tcp_outcome(site.outside, WAN4, PORT) == "refused", "nobody is left"
    gateway.sluice("service", "undrain", "pool", "two")
    assert led(site) == {"two": 4}
    gateway.apply(served(hook))


def test_a_drain_after_a_restart_has_a_head_of_its_own(site, hook):
    """Not that of the revision that it is an edit of, which the daemon has read from its record."""
    gateway = site.gateway
    gateway.sluice("apply", gateway.write(served(hook, one={"weight": 2})), "--confirm", "60s", "--why", "heavier")
    gateway.sluice("confirm")
    gateway.daemon.kill()
    gateway.start_daemon()
    before = entry(gateway)
    eventually("a second has gone by", lambda: rfc3339_now() > before["when"])
    gateway.sluice("service", "drain", "pool", "two")
    drained = entry(gateway)
    assert drained["rev"] == before["rev"] + 1 and drained["when"] > before["when"]
    assert (drained["result"], drained["result_when"], drained["why"]) == ("applied", None, "service drain pool two")
    assert drained["file"] == before["file"]
    assert (entry_of(gateway, before["rev"])["result"], entry_of(gateway, before["rev"])["why"]) == ("confirmed", "heavier")
    gateway.apply(served(hook))


def test_many_drains_one_after_the_other(site, hook):
    """More than are kept as edits of one text."""
    gateway = site.gateway
    gateway.apply(served(hook))
    first = entry(gateway)["rev"]
    for turn in range(70):
        gateway.sluice("service", "undrain" if turn % 2 else "drain", "pool", "one", quiet=True)
    assert entry(gateway)["rev"] == first + 70
    assert exported(gateway) == served(hook)
    for revision in (first + 1, first + 63, first + 67, first + 69):
        assert exported(gateway, str(revision)) == served(hook, one={"drain": True})
    gateway.daemon.kill()
    gateway.start_daemon()
    assert exported(gateway) == served(hook)
    assert steps_of(gateway, "plan", gateway.write(served(hook))) == []
    assert led(site) == {"one": 2, "two": 2}


def test_another_change_puts_all_rules(site, hook):
    before = version(site.gateway)
    site.gateway.sluice("service", "drain", "pool", "one")
    put_by_this_daemon(site, hook, 1)
    assert version(site.gateway) > before
    assert led(site) == {"one": 2, "two": 2}
    site.gateway.apply(served(hook))


class Clients:
    """They connect all the while."""

    def __init__(self, site):
        self.site, self.outcomes, self.over = site, [], threading.Event()
        self.thread = threading.Thread(target=self._connect)

    def _connect(self):
        while not self.over.is_set():
            self.outcomes.append(clients.tcp_outcome(self.site.outside, WAN4, PORT, timeout=5))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def test_no_connection_is_lost_and_none_led_to_who_was_left(site):
    with Clients(site) as meanwhile:
        for name in 3 * ["one", "two"]:
            site.gateway.sluice("service", "drain", "pool", name)
            left = flows(site.gateway)[name]
            asked = len(meanwhile.outcomes)
            eventually("others have connected", lambda asked=asked: len(meanwhile.outcomes) > asked + 20)
            assert flows(site.gateway)[name] == left
            site.gateway.sluice("service", "undrain", "pool", name)
    assert set(meanwhile.outcomes) == {"answered"}


def test_the_next_daemon_goes_on_in_place(site, hook):
    site.gateway.sluice("service", "drain", "pool", "one")
    before = version(site.gateway)
    site.gateway.daemon.kill()
    site.gateway.start_daemon()
    assert led(site) == {"two": 4}
    site.gateway.sluice("service", "undrain", "pool", "one")
    assert led(site) == {"one": 2, "two": 2}
    assert version(site.gateway) == before
    site.gateway.apply(served(hook))


def test_connections_are_counted_where_they_are_ruled_now(site, hook):
    """No flow is looked at for that: a flow that a service takes over from a forward is one of its backend's."""
    servers.udp_peer_server(site.inside, TAKEN)
    made = served(hook)
    made["nat"]["forwards"].append(documents.forward("direct", WAN4, TAKEN, f"{INSIDE4}:{TAKEN}", protocol="udp"))
    site.gateway.apply(made)
    assert clients.udp_peer(site.outside, WAN4, TAKEN, source=clients.unused_source())
    made = served(hook)
    made["services"]["taken"] = {"listen": WAN4, "protocol": "udp", "ports": TAKEN, "backends": rows()[:1]}
    site.gateway.apply(made)
    [row] = [row for row in site.gateway.show("services") if row["service"] == "taken"]
    assert (row["connections"], row["flows"]) == (1, 0)
    site.gateway.apply(served(hook))


def drained(gateway):
    return {row["backend"] for row in gateway.show("services") if row["service"] == "pool" and row["state"] == "draining"}


def test_killed_in_the_middle(site, hook):
    """Also between the rows of the forwards, of which some lead to the old block and some to the new one then."""
    points = KillPoints(site.gateway)
    counted, _ = points.within(0, "service", "drain", "pool", "one")
    total, met = sum(counted.changes().values()), 0
    for turn, at in enumerate(chosen(total, KILLS)):
        put_by_this_daemon(site, hook, turn)
        watched, _ = points.within(at, "service", "drain", "pool", "one")
        if not watched.killed_before():
            continue
        met += 1
        assert all(clients.tcp_peer(site.outside, WAN4, port) for port in PORTS), "while nobody is there"
        site.gateway.start_daemon()
        wanted = {"two": 4} if drained(site.gateway) == {"one"} else {"one": 2, "two": 2}
        assert led(site) == wanted
        assert site.gateway.json("status")["degraded"] == []
        text = site.gateway.write(json.loads(site.gateway.sluice("export").stdout))
        assert steps_of(site.gateway, "plan", text) == []
    assert met > KILLS / 2
    site.gateway.apply(served(hook))
