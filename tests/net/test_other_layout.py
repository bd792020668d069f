# SPDX-License-Identifier: GPL-2.0-or-later
"""A release with tables of another layout takes over, and gives back, without losing a flow.

`sluiced-shifted` is this release with every row of live state laid out otherwise (maps/layout.h). SLUICE_SESSIONS and
SLUICE_UDP_FLOWS (thousands) make the crowd larger. SLUICE_DAEMON_CPU gives the daemon a processor of its own: whoever speaks
through a gateway does not run on it, and here waits while the kernel makes the daemon's tables and programs.
"""

import json
import os
import socket
import time
from pathlib import Path

import documents
import pytest
import ways
from lab import HomeLab, Lab, clients, eventually, servers, snapshot
from lab.gateway import binaries
from lab.home import INSIDE6, OUTSIDE4, OUTSIDE6, WAN4
from lab.pings import Pings

hook = ways.one_hook

SUPPORT = Path(__file__).resolve().parents[1] / "support" / "lab"
SESSIONS = int(os.environ.get("SLUICE_SESSIONS", "200"))
UDP_FLOWS = 1000 * int(os.environ.get("SLUICE_UDP_FLOWS", "2"))
FROM_EACH_PORT = 50000
WORDS, NEW = 500, 200   # a second
RELEASE, SHIFTED = "sluiced", "sluiced-shifted"
DAEMON_CPU = os.environ.get("SLUICE_DAEMON_CPU")
if UDP_FLOWS > 100_000:
    Lab.memory = 16384   # for tables of a million, twice


@pytest.fixture
def house(own_lab, hook):
    if DAEMON_CPU:
        os.sched_setaffinity(0, os.sched_getaffinity(0) - {int(DAEMON_CPU)})
        own_lab.defer(os.sched_setaffinity, 0, range(os.cpu_count()))
    home = HomeLab(own_lab)
    if DAEMON_CPU:
        home.gateway.launcher = ("taskset", "--cpu-list", DAEMON_CPU)
    home.gateway.daemon_name = RELEASE
    document = documents.home(hook)
    document["tables"] = {"flows": max(16384, 3 * UDP_FLOWS // 2)}
    document["underlays"] = {"lan": {"zone": "lan"}}
    document["services"] = {"across": {"listen": WAN4, "ports": 8081,
                                       "backends": [{"name": "inside", "lan": f"[{INSIDE6}]:8080"}]}}
    home.gateway.start_daemon(config=home.gateway.write(document))
    home.route_gateway()
    return home


def to(house, release, ready=True):
    """What a package does: the daemon stops, that of the other release starts."""
    house.gateway.stop_daemon()
    house.gateway.daemon_name = release
    house.gateway.start_daemon(ready=ready)


def script(host, name, *words, says):
    process = host.start("/usr/bin/python3", "-B", SUPPORT / name, *words)
    eventually(f"{name} {words[0]} says {says}", lambda: says in process.output(), within=30)
    return process


def seen_by(sessions):
    sessions.terminate(timeout=60)
    return json.loads(sessions.output().splitlines()[-1])


def udp_flows(house, ports):
    """One from each of many ports to each of these; answers how many had an answer."""
    asked = [house.inside.run("/usr/bin/python3", "-B", SUPPORT / "many_flows.py", "ask", OUTSIDE4, port, 10000,
                              UDP_FLOWS // len(ports), 3, timeout=600).stdout for port in ports]
    return sum(map(int, asked))


def counted(house, what, name):
    return next(row for row in house.gateway.show(what) if row["name"] == name)


def layout_of(house):
    return json.loads(house.gateway.run("bpftool", "-j", "map", "dump", "pinned", house.gateway.pins / "config",
                                        quiet=True).stdout)[0]["formatted"]["value"]["abi"]


def test_no_flow_is_lost_upwards_and_downwards(house, hook):
    servers.tcp_peer_server(house.outside, 7000)
    servers.tcp_peer_server(house.inside, 8080)
    ports = range(7100, 7101 + (UDP_FLOWS - 1) // FROM_EACH_PORT)
    for port in ports:
        script(house.outside, "many_flows.py", "answer", port, says="ready")
    script(house.outside, "many_sessions.py", "serve", 7001, says="ready")
    words = [clients.EchoedConnection(house.inside, OUTSIDE4, 7000), clients.EchoedConnection(house.inside, OUTSIDE6, 7000),
             clients.EchoedConnection(house.outside, WAN4, 80),
             clients.EchoedConnection(house.outside, WAN4, 8081), clients.EchoedConnection(house.mail, OUTSIDE4, 7000)]
    assert all(connection.says("before") for connection in words)
    assert udp_flows(house, ports) == UDP_FLOWS
    crowd = script(house.inside, "many_sessions.py", "hold", OUTSIDE4, 7001, SESSIONS, WORDS, NEW, says="all speak")
    pings = [Pings(house.second, OUTSIDE4), Pings(house.second, OUTSIDE6), Pings(house.gateway, OUTSIDE4)]
    assert all(stream.runs() for stream in pings)
    policy, first = counted(house, "policies", "lan-out"), layout_of(house)
    for release in (SHIFTED, RELEASE):
        began = time.monotonic()
        to(house, release)
        carried = house.gateway.json("status")["carried"]
        print(f"{hook} to {release} in {time.monotonic() - began:.1f} s: {carried}")
        assert carried["to_layout"] == layout_of(house) != carried["from_layout"]
        assert carried["flows"] >= SESSIONS + UDP_FLOWS + len(words) and carried["flows_left"] == 0
        assert carried["mappings"] >= UDP_FLOWS // len(ports)
        assert all(connection.says(f"by {release}") for connection in words)
        assert all(stream.runs() for stream in pings)
        now = counted(house, "policies", "lan-out")
        assert all(now[key] >= policy[key] for key in ("flows", "packets", "bytes"))
        policy = now
    assert layout_of(house) == first
    flows = house.gateway.json("status")["counts"]["flows"]
    assert flows >= SESSIONS + UDP_FLOWS
    seen = seen_by(crowd)
    print(seen, "pings lost:", [stream.lost() for stream in pings])
    assert (seen["ended"], seen["silent"], seen["failed"], seen["unserved"]) == (0, 0, 0, 0)
    assert udp_flows(house, ports) == UDP_FLOWS
    assert "next" not in house.gateway.run("ls", house.gateway.pins).stdout.split()


@pytest.fixture
def counting(own_lab, hook):
    """A house that logs mappings, and lets each host send few datagrams to one port."""
    home = HomeLab(own_lab)
    document = documents.home(hook)
    document["nat"]["masquerade"][0]["log"] = True
    document["timeouts"] = {"udp": "30s", "udp_one_way": "30s"}
    document["limits"] = [{"name": name, "rate": "1pps", "burst": f"{BURST}p", "protocol": "udp", "ports": port, **more}
                          for name, port, more in (("each", 7998, {"key": "source"}), ("all", 7999, {}))]
    home.gateway.start_daemon(config=home.gateway.write(document))
    home.route_gateway()
    return home


BURST = 300   # at a packet a second it takes minutes to fill again


def passed(house, port, name):
    """Of twice the burst."""
    before = counted(house, "limits", name)
    with house.inside.socket(kind=socket.SOCK_DGRAM) as sender:
        sender.bind(("", port))
        for _ in range(2 * BURST):
            sender.sendto(b"x", (OUTSIDE4, port))
    def gained(key):
        return counted(house, "limits", name)[key] - before[key]
    eventually("all of them are counted", lambda: gained("passed_packets") + gained("exceeded_packets") == 2 * BURST)
    return gained("passed_packets")


def test_limits_go_on_where_they_were(counting):
    for port, name in ((7998, "each"), (7999, "all")):
        assert BURST <= passed(counting, port, name) < 1.5 * BURST
    to(counting, SHIFTED)
    assert counting.gateway.json("status")["carried"]["limit_buckets"] == 1
    for port, name in ((7998, "each"), (7999, "all")):
        assert passed(counting, port, name) < BURST / 2


def test_a_mapping_whose_begin_was_logged_ends_in_the_log(counting):
    servers.udp_peer_server(counting.outside, 7000)
    assert clients.udp_peer(counting.inside, OUTSIDE4, 7000, source=("", 41000)) == (WAN4, 41000)
    eventually("its begin is logged", lambda: '"mapping-made"' in counting.gateway.daemon.output())
    to(counting, SHIFTED)
    assert '"mapping-ended"' not in counting.gateway.daemon.output()
    document = documents.without_policy(documents.home(counting.lab.hook), "lan-out")
    document["nat"]["masquerade"][0]["log"] = True
    counting.gateway.apply(document)
    eventually("its end is logged", lambda: '"mapping-ended"' in counting.gateway.daemon.output(), within=15)


def programs(house):
    return {device: numbers for device, numbers in snapshot.programs(house.gateway).items() if numbers}


def session(house):
    servers.tcp_peer_server(house.outside, 7000)
    connection = clients.EchoedConnection(house.inside, OUTSIDE4, 7000)
    assert connection.says("before")
    return connection


def test_a_foreign_table_under_its_name_is_refused(house):
    connection = session(house)
    before, pin = programs(house), house.gateway.pins / "nat_outside"
    house.gateway.stop_daemon()
    house.gateway.run("mv", pin, f"{pin}-kept")
    house.gateway.run("bpftool", "map", "create", pin, "type", "hash", "key", 4, "value", 4, "entries", 8, "name", "foreign")
    house.gateway.daemon_name = SHIFTED
    refused = house.gateway.start_daemon(ready=False)
    assert refused.wait() != 0 and "nat_outside" in refused.output()
    assert programs(house) == before and connection.says("as before")
    house.gateway.run("mv", f"{pin}-kept", pin)
    house.gateway.start_daemon()
    assert house.gateway.json("status")["carried"]["flows"] >= 1 and connection.says("by the other release")


def test_what_fails_after_the_exchange_gives_the_traffic_back(house):
    """An address cannot be put back, because somebody has switched IPv6 off. When it is on again, all of it is done."""
    connection = session(house)
    before = programs(house)
    house.gateway.stop_daemon()
    house.gateway.sysctl("net/ipv6/conf/wan/disable_ipv6", "1")
    house.gateway.daemon_name = SHIFTED
    house.gateway.start_daemon()
    status = house.gateway.json("status")
    assert status["state"] == "held" and status["carried"] is None and "2001:db8:f::1/64" in str(status["degraded"])
    assert programs(house) == before and connection.says("by the programs of before")
    house.gateway.sysctl("net/ipv6/conf/wan/disable_ipv6", "0")
    eventually("it is tried again", lambda: house.gateway.json("status")["carried"], within=30)
    assert connection.says("by the new programs")
    assert programs(house).keys() == before.keys() and programs(house) != before


def test_a_daemon_that_is_killed_on_the_way_is_followed_by_one_that_finishes(house):
    connection = session(house)
    for turn, release in enumerate((SHIFTED, RELEASE, SHIFTED)):
        house.gateway.stop_daemon()
        house.gateway.daemon_name = release
        for wait in (0.3, 0.7, 1.1):
            victim = house.gateway.start_daemon(ready=False)
            time.sleep(wait + turn / 10)   # anywhere on its way
            victim.kill()
            assert connection.says(f"killed after {wait}")
        house.gateway.start_daemon()
        assert connection.says("by who came after")
        assert clients.tcp_peer(house.inside, OUTSIDE4, 7000).address == WAN4
        pins = house.gateway.run("ls", house.gateway.pins).stdout.split()
        assert "next" not in pins and "ready" not in pins


def test_the_shifted_daemon_is_built():
    assert (binaries() / SHIFTED).exists()
