# SPDX-License-Identifier: GPL-2.0-or-later
"""The example of a host of containers as its operator runs it, and the way of a certificate authority through a router to a container."""

import shutil

import corpus
import pytest
from lab import HomeLab, Lab, clients, eventually, servers
from lab.cni import Plugin
from lab.dns_client import addresses, ask
from lab.documents import forward
from lab.home import FAR4, LAN4, WAN4
from lab.podman import Podman

WEB, MAIL, NAMES = "172.20.1.11", "172.20.1.13", "172.20.1.15"
HOST4, TOKEN = "192.168.10.20", "Zm9yLXRoZS1sYWI"
MAIL_PORTS = [25, 465, 587, 143, 993, 110, 995]
EXAMPLE = corpus.parsed((corpus.TREE / "config/examples/container-host.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def host(engine):
    """The example itself, with containers at the addresses that its text names."""
    with Lab("tc") as lab:
        made = HomeLab(lab)
        made.gateway.ip("link set lan name mgmt")
        made.gateway.start_daemon()
        made.gateway.apply(EXAMPLE | {"engine": engine})
        made.route_gateway()
        servers.tcp_peer_server(made.far, 443)
        made.inside.ip("addr flush dev eth0")
        made.inside.addresses("eth0", "192.168.30.2/24").routes("default via 192.168.30.1")
        dmz = Plugin(made.gateway, name="dmz", zone="dmz", subnet="172.20.1.0/24", subnet6="2001:db8:d::/64")
        internal = Plugin(made.gateway, name="internal", zone="internal", subnet="172.20.2.0/24")
        made.web, made.mail, made.names = (attached(lab, dmz, name, address) for name, address in
                                           (("web", WEB), ("mail", MAIL), ("names", NAMES)))
        made.database = attached(lab, internal, "db", "172.20.2.11")
        yield made


def attached(lab, plugin, name, address):
    made = lab.host(f"c-{name}")
    answer = plugin.add(made, args=f"K8S_POD_NAME={name};IP={address}")
    assert answer["ips"][0]["address"] == f"{address}/32"
    return made


@pytest.mark.parametrize("outside, name, inside", [(80, "web", 8080), (443, "web", 8443), (53, "names", 53),
                                                   *((port, "mail", port) for port in MAIL_PORTS)])
def test_what_is_open_from_outside_stands_in_the_document(host, outside, name, inside):
    servers.tcp_peer_server(getattr(host, name), inside)
    assert clients.tcp_peer(host.far, WAN4, outside).address == FAR4


def test_names_are_answered_by_udp_as_well(host):
    servers.udp_peer_server(host.names, 53)
    assert clients.udp_peer(host.far, WAN4, 53).address == FAR4


def test_zones_reach_what_policies_say(host):
    servers.tcp_peer_server(host.database, 5432)
    servers.tcp_peer_server(host.mail, 5432)
    assert clients.tcp_peer(host.web, "172.20.2.11", 5432).address == WEB
    assert clients.tcp_peer(host.inside, "172.20.2.11", 5432).address == "192.168.30.2"
    assert clients.tcp_peer(host.web, FAR4, 443).address == WAN4
    for sender, target, port in ((host.database, FAR4, 443), (host.web, MAIL, 5432), (host.far, WAN4, 5432), (host.database, MAIL, 5432)):
        assert clients.tcp_outcome(sender, target, port, timeout=0.3) != "answered"


def test_containers_find_each_other_by_name(host):
    gateway = next(row["gateway"] for row in host.gateway.show("containers") if row["name"] == "web")
    assert addresses(ask(host.web, "db.containers.internal", server=gateway)) == ["172.20.2.11"]


@pytest.mark.skipif(not shutil.which("podman") or not shutil.which("crun"), reason="podman and crun are not installed")
def test_a_challenge_finds_its_way_through_router_host_and_container():
    """HTTP-01: port 80 of the router leads to 8080 of the host, and that to 80 of the container."""
    with Lab("tc") as lab:
        home = HomeLab(lab)
        home.gateway.start_daemon()
        home.gateway.apply({"version": 1, "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24"]},
                                                         "lan": {"zone": "lan", "addresses": [f"{LAN4}/24"]}},
                            "nat": {"forwards": [forward("web", "wan", 80, f"{HOST4}:8080")]}})
        home.route_gateway()
        host = lab.gateway("host")
        lab.wire((host, "wan"), (home.switch, "host"))
        home.switch.ip("link set host master br0")
        host.start_daemon()
        without = {key: value for key, value in EXAMPLE.items() if key != "nat"}
        host.apply(without | {"interfaces": {"wan": {"zone": "internet", "addresses": [f"{HOST4}/24"]}}})
        host.routes(f"default via {LAN4}")
        podman = Podman(host, [{"name": "dmz", "zone": "dmz", "subnet": "172.20.1.0/24"}])
        path = f".well-known/acme-challenge/{TOKEN}"
        podman.start("web", "sh", "-c", f"busybox mkdir -p /www/.well-known/acme-challenge; echo {TOKEN}.key > /www/{path}; exec httpd -f -p 80 -h /www",
                     options=("-p", "8080:80"))
        eventually("the authority reads what the client has put there",
                   lambda: home.far.run("curl", "-sS", "--max-time", "2", f"http://{WAN4}/{path}", expect=None).stdout == f"{TOKEN}.key\n")
        assert clients.tcp_outcome(home.far, WAN4, 8080) != "answered"
        podman.run("rm", "-f", "-t", "0", "web")
