# SPDX-License-Identifier: GPL-2.0-or-later
"""Containers of Debian's podman in zones of the gateway: published, kept apart, restarted, killed, and gone."""

import json
import os
import shutil
import signal

import pytest
from lab import HomeLab, Lab, clients, eventually, servers
from lab.cni import Inside
from lab.dns_client import addresses, ask
from lab.documents import policy
from lab.home import FAR4, LAN4, LAN6, WAN4, WAN6
from lab.podman import Podman

pytestmark = pytest.mark.skipif(not shutil.which("podman") or not shutil.which("crun"), reason="podman and crun are not installed")
NETWORKS = [{"name": "dmz", "zone": "dmz", "subnet": "172.20.1.0/24", "subnet6": "2001:db8:20:1::/64"},
            {"name": "internal", "zone": "internal", "subnet": "172.20.2.0/24", "cniVersion": "0.4.0"}]
DOCUMENT = {
    "version": 1,
    "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24", f"{WAN6}/64"]},
                   "lan": {"zone": "lan", "addresses": [f"{LAN4}/24", f"{LAN6}/64"]}},
    "zones": {"dmz": {"dns": True}, "internal": {}},
    "policies": [policy("dmz-to-internal", "dmz", "internal", protocol="tcp", ports=80),
                 policy("dns", "dmz", "host", protocol=["tcp", "udp"], ports=53)],
    "pods": {"app1": {"ingress": ["zone:lan"]}},
}


@pytest.fixture(scope="module")
def home():
    with Lab("tc") as lab:
        made = HomeLab(lab)
        made.gateway.start_daemon()
        made.gateway.apply(DOCUMENT)
        made.route_gateway()
        made.podman = Podman(made.gateway, NETWORKS)
        yield made
        lab.run("ip", "netns", "del", "pod-app1", expect=None)


@pytest.fixture(scope="module")
def web(home):
    home.podman.serve("web", options=("-p", "8080:80", "-p", "5300:53/udp"))
    home.podman.serve("store", options=("--network", "internal"))
    eventually("it serves", lambda: got(home.far, WAN4, 8080) == "web", within=20)
    return "web"


def got(host, address, port):
    where = f"[{address}]" if ":" in address else address
    done = host.run("curl", "-sS", "--max-time", "2", f"http://{where}:{port}/", expect=None)
    return done.stdout.strip() if done.returncode == 0 else None


def shown(home):
    return {row["name"]: row for row in home.gateway.show("containers")}


def inside(home, name):
    return Inside(home.lab, name, shown(home)[name]["namespace"])


def test_a_published_port_is_reached_from_outside(home, web):
    assert got(home.far, WAN4, 8080) == web
    assert got(home.far, WAN6, 8080) == web
    assert got(home.inside, WAN4, 8080) == web
    assert got(home.far, WAN4, 80) is None


def test_udp_too(home, web):
    servers.udp_peer_server(inside(home, web), 53)
    assert clients.udp_peer(home.far, WAN4, 5300).address == FAR4


def test_podman_and_sluice_know_the_same(home, web):
    row, seen = shown(home)[web], home.podman.network_of(web)["dmz"]
    assert seen["IPAddress"] == row["address"] and seen["GlobalIPv6Address"] == row["address6"]
    assert seen["Gateway"] == row["gateway"] and seen["MacAddress"] == row["mac"]
    assert row["zone"] == "dmz" and row["network"] == "dmz"


def test_policies_say_who_reaches_whom(home, web):
    rows = shown(home)
    assert got(inside(home, web), rows["store"]["address"], 80) == "store"
    assert got(inside(home, "store"), rows[web]["address"], 80) is None


def test_names_are_asked_of_sluice(home, web):
    gateway = shown(home)[web]["gateway"]
    assert f"nameserver {gateway}" in home.podman.run("exec", web, "cat", "/etc/resolv.conf").stdout
    assert addresses(ask(inside(home, web), "store.containers.internal", server=gateway)) == [shown(home)["store"]["address"]]


def test_a_container_can_have_the_policies_of_a_pod(home, web):   # pylint: disable=unused-argument
    home.podman.serve("member", options=("--network", "internal"), arguments="SLUICE_POD=app1")
    row = shown(home)["member"]
    assert row["pod"] == "app1"
    eventually("the pod's ingress lets the LAN in", lambda: got(home.inside, row["address"], 80) == "member")
    assert got(home.inside, shown(home)["store"]["address"], 80) is None
    home.podman.run("rm", "-f", "-t", "0", "member")
    assert "member" not in shown(home)


def test_a_restart_of_the_container(home, web):
    home.podman.run("restart", "-t", "0", web)
    eventually("it serves again", lambda: got(home.far, WAN4, 8080) == web)
    assert len(shown(home)) == 2


def test_a_restart_of_sluice(home, web):
    home.gateway.daemon.signal(signal.SIGKILL)
    home.gateway.daemon.wait()
    assert got(home.far, WAN4, 8080) == web
    home.gateway.start_daemon()
    assert got(home.far, WAN4, 8080) == web
    assert shown(home)[web]["state"] == "up"


def test_a_container_that_is_killed(home):
    home.podman.serve("victim", options=("-p", "8081:80"))
    eventually("it serves", lambda: got(home.far, WAN4, 8081) == "victim")
    process = json.loads(home.podman.run("inspect", "victim").stdout)[0]["State"]["Pid"]
    os.kill(process, signal.SIGKILL)
    eventually("its place is free", lambda: "victim" not in shown(home), within=20)
    assert got(home.far, WAN4, 8081) is None
    home.podman.run("rm", "victim")


def test_a_port_that_is_taken(home, web):
    told = home.podman.serve("thief", options=("-p", f"{WAN4}:8080:80"), expect={125, 126, 127})
    assert "8080/tcp" in told.stderr or "address already in use" in told.stderr
    assert "thief" not in shown(home)
    home.podman.run("rm", "-f", "thief", expect=None)


def test_removed_while_sluice_is_away(home):
    home.podman.serve("late", options=("-p", "8082:80"))
    home.gateway.stop_daemon()
    home.podman.run("rm", "-f", "-t", "0", "late", expect=None)
    home.gateway.start_daemon()
    eventually("nothing of it is left", lambda: "late" not in shown(home))
    assert got(home.far, WAN4, 8082) is None
    home.podman.run("rm", "-f", "late", expect=None)


def test_nothing_is_left(home, web):
    home.podman.run("rm", "-f", "-t", "0", web, "store")
    assert home.gateway.show("containers") == []
    assert "ct-" not in home.gateway.ip("-br link").stdout
    assert home.podman.run("ps", "-aq").stdout == ""
    assert got(home.far, WAN4, 8080) is None
