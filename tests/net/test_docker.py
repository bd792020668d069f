# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's docker beside sluice, both families: containers by the document's policies, and neither disturbs the other."""

import contextlib
import json
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from lab import HomeLab, Lab, clients, eventually, servers
from lab.docker import Docker
from lab.documents import forward, masquerade, policy
from lab.home import FAR4, FAR6, LAN4, LAN6, WAN4, WAN6
from lab.sites import by

pytestmark = pytest.mark.skipif(not all(map(shutil.which, ("dockerd", "containerd", "runc"))), reason="docker.io is not installed")
SUBNET4, SUBNET6, ENGINE6 = "172.17.0.0/16", "2001:db8:d::/64", "2001:db8:d::1"
PAGE, PEER = 8080, 8081   # published: httpd at 80, and at 81 what says who asks
OUT = policy("containers-out", "containers", "internet")
IN = policy("to-containers", "internet", "containers", protocol="tcp", ports=[80, 81])
ON_HOST = policy("on-host", "internet", "host", protocol="tcp", ports=[80, 81, PAGE, PEER])
REMEDIES = (("iptables", "-I", "DOCKER-USER"), ("ip6tables", "-A", "FORWARD"))
V6 = ("--ipv6", "--fixed-cidr-v6", SUBNET6)


def answering(host, targets):
    """All are asked at once: most of them are silent."""
    with ThreadPoolExecutor() as asking:
        said = asking.map(lambda target: clients.tcp_outcome(host, *target, timeout=0.5), targets)
    return [target for target, outcome in zip(targets, said) if outcome == "answered"]


class Site:
    """A home whose gateway has docker and a container `web`."""

    def __init__(self, lab, way, *options):
        self.way, self.home = way, HomeLab(lab)
        self.gateway, self.far, self.inside = self.home.gateway, self.home.far, self.home.inside
        servers.tcp_peer_server(self.far, 80)
        self.gateway.start_daemon()
        self.apply(named=False)
        self.home.route_gateway()
        self.home.outside.routes(f"{SUBNET4} via {WAN4}", f"{SUBNET6} via {WAN6}")
        self.docker = Docker(self.gateway, *V6, *options)
        self.docker.serve("web", options=("-p", f"{PAGE}:80", "-p", f"{PEER}:81"))
        self.container = self.docker.inside("web")
        servers.tcp_peer_server(self.container, 81)
        found = self.docker.inspect("web")["NetworkSettings"]
        self.web4, self.web6 = found["IPAddress"], found["GlobalIPv6Address"]

    def document(self, *policies, named=True, forwards=(), masquerades=()):
        made = {"version": 1,
                "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24", f"{WAN6}/64"]},
                               "lan": {"zone": "lan", "addresses": [f"{LAN4}/24", f"{LAN6}/64"]}},
                "policies": [policy("lan-out", "lan", "internet"), *policies],
                "nat": {"masquerade": [masquerade("out", "lan", "internet"), *masquerades], "forwards": list(forwards)}}
        if named:
            made["interfaces"]["docker0"] = {"zone": "containers"}
        return by(self.way, made)

    def apply(self, *policies, **more):
        self.gateway.apply(self.document(*policies, **more))

    def opened(self):
        """By forwards, whoever publishes what; and out by a masquerade of the document."""
        forwards = [forward(f"{port}-{family}", "wan", port, f"{address}:{target}") for port, target in ((PAGE, 80), (PEER, 81))
                    for family, address in (("four", self.web4), ("six", f"[{self.web6}]"))]
        self.apply(OUT, forwards=forwards, masquerades=[masquerade("containers", "containers", "internet", family="both")])

    def reached(self, *targets):
        """Which of them answer at all; (address, port)."""
        return answering(self.far, targets or ((WAN4, PAGE), (WAN6, PAGE)))

    def page(self, address, port=PAGE, host=None):
        where = f"[{address}]" if ":" in address else address
        done = (host or self.far).run("curl", "-sS", "--noproxy", "*", "--max-time", "4", f"http://{where}:{port}/", expect=None)
        return done.stdout.strip() == "web"

    @staticmethod
    def leaves(host):
        """To which of the two families."""
        return [address for address, _ in answering(host, ((FAR4, 80), (FAR6, 80)))]

    def serves(self):
        return self.page(WAN4) and self.page(WAN6)

    def held(self):
        """Connections to the container and from it, which a test goes on with."""
        return [clients.EchoedConnection(self.far, WAN4, PEER), clients.EchoedConnection(self.far, WAN6, PEER),
                clients.EchoedConnection(self.container, FAR4, 80), clients.EchoedConnection(self.container, FAR6, 80)]

    def rules_of_others(self):
        done = self.gateway.sluice("doctor", "-o", "json", expect=None)
        return next(row for row in json.loads(done.stdout)["checks"] if row["name"] == "rules of others")

    def is_nftables(self):
        return self.way[0] == "nftables"


@pytest.fixture(scope="module")
def site(way):
    with Lab(way[1]) as lab:
        yield Site(lab, way, "--experimental", "--ip6tables", "--live-restore")


@pytest.fixture
def opened(site):
    site.opened()
    yield site


@contextlib.contextmanager
def remedied(site):
    """What `doctor` says to do."""
    for words in REMEDIES:
        site.gateway.run(*words, "-j", "ACCEPT")
    yield
    for program, _, chain in REMEDIES:
        site.gateway.run(program, "-D", chain, "-j", "ACCEPT")


@pytest.mark.parametrize("named", [False, True])
def test_a_published_port_is_closed_without_a_policy(site, named):
    """Also where one opens it on the host itself: docker's rules make it a port of the container."""
    site.apply(ON_HOST, named=named)
    assert not site.reached((WAN4, PAGE), (WAN6, PAGE), (site.web4, 80), (site.web6, 80))
    assert not site.leaves(site.container)


def test_a_policy_to_the_zone_opens_it_where_docker_translates(site):
    """And the container itself on both engines, where somebody has a route to it."""
    site.apply(IN)
    assert site.page(site.web4, 80) and site.page(site.web6, 80)
    assert site.serves() if site.is_nftables() else not site.reached()


def test_forwards_of_the_document_open_it(opened):
    assert opened.serves()
    assert opened.page(WAN4, host=opened.inside) and opened.page(WAN6, host=opened.inside)
    assert clients.tcp_peer(opened.far, WAN4, PEER).address == FAR4
    assert clients.tcp_peer(opened.far, WAN6, PEER).address == FAR6
    assert not opened.reached((opened.web4, 80), (opened.web6, 80))


def test_containers_go_out_by_the_masquerade(opened):
    assert clients.tcp_peer(opened.container, FAR4, 80).address == WAN4
    assert clients.tcp_peer(opened.container, FAR6, 80).address == WAN6


def test_dockers_own_masquerade_is_asked_by_nftables_alone(site):
    site.apply(OUT)
    for address, own, of_docker in ((FAR4, site.web4, WAN4), (FAR6, site.web6, WAN6)):
        assert clients.tcp_peer(site.container, address, 80).address == (of_docker if site.is_nftables() else own)


def test_doctor_names_what_docker_publishes(opened):
    for _ in range(2):   # libnftables forgets
        row = opened.rules_of_others()
        for target in (f"{opened.web4}:80 (ip nat, DOCKER)", f"[{opened.web6}]:80 (ip6 nat, DOCKER)"):
            assert f"tcp port {PAGE} to {target}" in row["finding"]


def test_doctor_knows_what_docker_drops_and_the_remedy(opened):
    row = opened.rules_of_others()
    if not opened.is_nftables():
        assert opened.leaves(opened.inside) == [FAR4, FAR6] and row["state"] == "ok"
        return
    assert not opened.leaves(opened.inside) and row["state"] == "bad"
    assert all(" ".join((*words, "-j ACCEPT")) in row["remedy"] for words in REMEDIES)
    with remedied(opened):
        assert opened.leaves(opened.inside) == [FAR4, FAR6]
        assert opened.rules_of_others()["state"] == "ok"
        opened.docker.restart()
        assert opened.leaves(opened.inside) == [FAR4, FAR6]
        opened.apply()
        assert not opened.reached() and not opened.leaves(opened.container)


def test_a_new_dockerd_disturbs_no_flow(opened):
    held, before = opened.held(), opened.gateway.show("policies")
    opened.docker.end_daemon()
    assert all(connection.says("without dockerd") for connection in held) and opened.serves()
    opened.docker.start_daemon()
    assert all(connection.says("with another") for connection in held)
    assert opened.serves() and [row["name"] for row in opened.gateway.show("policies")] == [row["name"] for row in before]


def test_a_killed_dockerd_disturbs_no_flow(opened):
    held = opened.held()
    opened.docker.end_daemon(signal.SIGKILL)
    assert all(connection.says("without dockerd") for connection in held) and opened.serves()
    opened.docker.start_daemon()
    assert all(connection.says("with another") for connection in held) and opened.serves()


def test_a_container_that_restarts(opened):
    opened.docker.serve("other", port=82, options=("-p", "8082:82"))
    held = opened.held()
    opened.docker.run("restart", "-t", "0", "other")
    assert all(connection.says("another one restarted") for connection in held)
    opened.docker.run("rm", "-f", "other")
    assert opened.serves() and all(connection.says("another one went") for connection in held)


@pytest.mark.spared("tc", "xdp")
def test_what_docker_translates_goes_on(site):
    """By policies alone, with nftables: its ports and its masquerade are nowhere in the document. eBPF never asks docker's rules."""
    site.apply(IN, OUT)
    held = site.held()
    site.docker.serve("other", port=82, options=("-p", "8082:82"))
    site.docker.run("rm", "-f", "other")
    assert all(connection.says("a container came and went") for connection in held)
    site.apply(IN, OUT)
    assert all(connection.says("applied again") for connection in held)
    site.gateway.daemon.kill()
    site.gateway.start_daemon()
    assert all(connection.says("with another") for connection in held) and site.serves()
    site.apply(OUT)
    assert said_by(held) == [False, False, True, True]
    site.apply()
    assert said_by(held[2:]) == [False, False]


def said_by(held):
    def says(connection):
        with contextlib.suppress(OSError):
            return connection.says("after a policy went", timeout=1)
        return False
    with ThreadPoolExecutor() as asking:
        return list(asking.map(says, held))


def rules_of_docker(site):
    return [line for program in ("iptables-save", "ip6tables-save") for line in site.gateway.run(program).stdout.splitlines()
            if not line.startswith(("#", ":"))]


def test_sluice_killed_and_applied_again_disturbs_no_container(opened):
    held, rules = opened.held(), rules_of_docker(opened)
    opened.gateway.daemon.kill()
    assert all(connection.says("without sluiced") for connection in held) and opened.serves()
    opened.gateway.start_daemon()
    assert all(connection.says("with another") for connection in held) and opened.serves()
    opened.opened()
    assert all(connection.says("applied again") for connection in held) and opened.serves()
    opened.gateway.stop_daemon()
    opened.gateway.start_daemon()
    assert all(connection.says("restarted") for connection in held) and opened.serves()
    assert rules_of_docker(opened) == rules and opened.docker.inspect("web")["State"]["Running"]


@pytest.mark.spared("xdp")
def test_without_ip6tables_a_proxy_answers_and_is_of_the_host(way):
    """Docker's default. And without live-restore a container stops with dockerd, and starts with the next."""
    with Lab(way[1]) as lab:
        site = Site(lab, way)
        site.apply()
        assert not site.reached()
        site.apply(ON_HOST)
        assert site.reached() == [(WAN6, PAGE)] and site.page(WAN6)
        assert clients.tcp_peer(site.far, WAN6, PEER).address == ENGINE6
        site.opened()
        assert site.serves() and clients.tcp_peer(site.far, WAN6, PEER).address == FAR6
        site.docker.run("update", "--restart", "always", "web")
        site.docker.restart()
        eventually("the container is back, at its address", site.serves, within=20)


def test_nothing_of_docker_goes_with_sluice(site):
    site.gateway.apply({"version": 1, "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24"]}}})
    rules = rules_of_docker(site)
    site.gateway.cleanup()
    assert rules_of_docker(site) == rules and any(f"{site.web4}:80" in rule for rule in rules)
    site.docker.run("rm", "-f", "web")
    assert site.docker.run("ps", "-aq").stdout == ""
