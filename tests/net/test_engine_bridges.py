# SPDX-License-Identifier: GPL-2.0-or-later
"""Docker's and podman's own bridges beside sluice: their published ports go by policies, and nothing of theirs or ours breaks the other."""

import json

import pytest
from lab import HomeLab, Lab, clients, eventually, servers
from lab.documents import forward, policy
from lab.home import FAR4, LAN4, WAN4

ENGINE4, CONTAINER4, SUBNET = "172.17.0.1", "172.17.0.2", "172.17.0.0/16"
WEB, PUBLISHED = 80, 8080
# What docker 20.10 of Debian 12 writes for `docker run -p 8080:80`, and podman's bridge and portmap plugins in other words.
DOCKER = f"""
*nat
:PREROUTING ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
:DOCKER -
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s {SUBNET} ! -o docker0 -j MASQUERADE
-A POSTROUTING -s {CONTAINER4}/32 -d {CONTAINER4}/32 -p tcp -m tcp --dport {WEB} -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
-A DOCKER ! -i docker0 -p tcp -m tcp --dport {PUBLISHED} -j DNAT --to-destination {CONTAINER4}:{WEB}
COMMIT
*filter
:FORWARD DROP
:DOCKER -
:DOCKER-USER -
-A FORWARD -j DOCKER-USER
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER -d {CONTAINER4}/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport {WEB} -j ACCEPT
-A DOCKER-USER -j RETURN
COMMIT
"""


def document(engine, named=True, policies=()):
    made = {"version": 1, "engine": engine,
            "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24"]}, "lan": {"zone": "lan", "addresses": [f"{LAN4}/24"]}},
            "policies": [policy("lan-out", "lan", "internet"), *policies],
            "nat": {"masquerade": [{"name": "out", "from": ["lan"], "to": "internet"}]}}
    if named:
        made["interfaces"]["docker0"] = {"zone": "containers"}
    return made


@pytest.fixture(scope="module")
def home(engine):
    with Lab("tc") as lab:
        made = HomeLab(lab)
        servers.tcp_peer_server(made.far, WEB)
        docker(made)
        made.gateway.start_daemon()
        made.gateway.apply(document(engine))
        made.route_gateway()
        made.outside.routes(f"{SUBNET} via {WAN4}")
        yield made


def docker(home):
    """`dockerd` starts, with a container."""
    gateway = home.gateway
    gateway.ip("link add docker0 type bridge")
    gateway.addresses("docker0", f"{ENGINE4}/16")
    gateway.ip("link set docker0 up")
    home.container = home.lab.host("container")
    home.lab.wire((gateway, "veth1"), (home.container, "eth0"))
    gateway.ip("link set veth1 master docker0")
    home.container.addresses("eth0", f"{CONTAINER4}/16").routes(f"default via {ENGINE4}")
    servers.tcp_peer_server(home.container, WEB)
    write_rules(home)


def write_rules(home):
    home.gateway.run("iptables-restore", stdin=DOCKER)
    home.gateway.sysctl("net/ipv4/ip_forward", "1")


def reached(home, target, port, who=None):
    return clients.tcp_outcome(who or home.far, target, port) == "answered"


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("opened", [(), ("host",)])
def test_a_published_port_is_closed_without_a_policy(home, engine, named, opened):
    """Also where a policy opens it on the host itself: what the engine's rules make of it is no longer for the host."""
    home.gateway.apply(document(engine, named, [policy("open", "internet", zone, protocol="tcp", ports=[WEB, PUBLISHED]) for zone in opened]),
                       expect=None)
    write_rules(home)
    assert not reached(home, WAN4, PUBLISHED)
    assert not reached(home, CONTAINER4, WEB)
    assert not reached(home, FAR4, WEB, home.container)


def opened_document(engine):
    made = document(engine, policies=[policy("containers-out", "containers", "internet")])
    made["nat"]["masquerade"].append({"name": "containers", "from": "containers", "to": "internet"})
    made["nat"]["forwards"] = [forward("web", "wan", PUBLISHED, f"{CONTAINER4}:{WEB}")]
    return made


def works(home):
    return (clients.tcp_peer(home.far, WAN4, PUBLISHED).address == FAR4 and clients.tcp_peer(home.container, FAR4, WEB).address == WAN4
            and clients.tcp_peer(home.inside, FAR4, WEB).address == WAN4 and not reached(home, CONTAINER4, WEB))


@pytest.fixture
def opened(home, engine):
    """The remedy on nftables: what docker has for rules of others. eBPF does not ask its chains."""
    home.gateway.apply(opened_document(engine), expect=None)
    if engine == "nftables":
        home.gateway.run("iptables", "-I", "DOCKER-USER", "-j", "ACCEPT")
    yield
    home.gateway.run("iptables", "-D", "DOCKER-USER", "-j", "ACCEPT", expect=None)


def test_a_forward_and_policies_of_the_document_open_it(home, opened):   # pylint: disable=unused-argument
    assert works(home)


def test_a_restart_of_the_engine_leaves_sluice_as_it_is(home, opened):   # pylint: disable=unused-argument
    user = home.gateway.run("iptables-save", "-t", "filter").stdout
    for table in ("nat", "filter"):
        home.gateway.run("iptables", "-t", table, "-F", "DOCKER")
    write_rules(home)
    if "-A DOCKER-USER -j ACCEPT" in user:
        home.gateway.run("iptables", "-I", "DOCKER-USER", "-j", "ACCEPT")   # docker itself keeps that chain
    eventually("traffic passes as before", lambda: works(home))


def test_a_restart_of_sluice_leaves_the_engine_as_it_is(home, engine, opened):   # pylint: disable=unused-argument
    def rules():
        return [line for line in home.gateway.run("iptables-save").stdout.splitlines() if not line.startswith(("#", ":"))]
    before = rules()
    home.gateway.stop_daemon()
    assert works(home)
    home.gateway.start_daemon()
    home.gateway.apply(opened_document(engine), expect=None)
    assert rules() == before and works(home)


def test_a_chain_that_drops_what_is_forwarded_is_told_of(home, engine):
    """Docker's filter table: with nftables it also drops what sluice has let through."""
    home.gateway.apply(document(engine))
    write_rules(home)
    assert reached(home, FAR4, WEB, home.inside) == (engine == "ebpf")
    rows = {row["name"]: row for row in json.loads(home.gateway.sluice("doctor", "-o", "json", expect={0, 1}).stdout)["checks"]}
    row = rows["rules of others"]
    assert row["state"] == ("ok" if engine == "ebpf" else "bad")
    assert f"tcp port {PUBLISHED}" in row["finding"]
    if engine == "nftables":
        assert "FORWARD" in row["reason"] and "DOCKER-USER" in row["remedy"]


def test_nothing_of_the_engine_goes_with_sluice(home):
    home.gateway.apply({"version": 1, "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24"]}}})
    home.gateway.cleanup()
    assert f"--to-destination {CONTAINER4}:{WEB}" in home.gateway.run("iptables-save").stdout
