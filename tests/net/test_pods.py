# SPDX-License-Identifier: GPL-2.0-or-later
"""Pods from outside: who reaches whom, who they may claim to be, what is published, how much they may send, and what is left."""

import contextlib
import json
from pathlib import Path

import pytest
from lab import HomeLab, Lab, clients, eventually, servers, services
from lab.documents import policy
from lab.home import FAR4, INSIDE4, LAN4, OUTSIDE4, SECOND4, WAN4
from lab.pods import PodHost
from lab.scraped import phases, scraped
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

WEB, OTHER, TLS, DNS = 3000, 3001, 443, 53
METADATA = "169.254.169.254"
MOST, SHARE = 30, 0.9   # Mbit/s, and what of it TCP reaches at least
RANGE = range(30000, 30004)
PODS = {
    "open": {"owner": "john", "services": [{"name": "web", "port": WEB, "publish": True}], "egress": {"default": "accept"}},
    "shut": {"ingress": ["pod:open", "zone:front"]},
    "near": {"egress": {"prefixes": [f"{INSIDE4}/32", f"{METADATA}/32"], "ports": [TLS]}, "ingress": ["zone:lan"]},
    "slow": {"egress": {"default": "accept"}, "bandwidth": {"maximum": f"{MOST}mbit"}},
}


def document(engine, pods=None, **more):
    made = {
        "version": 1, "engine": engine,
        "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24"]},
                       "lan": {"zone": "lan", "addresses": [f"{LAN4}/24"]}},
        "policies": [policy("lan-out", "lan", "internet")],
        "nat": {"masquerade": [{"name": "out", "from": "lan", "to": "internet"}]},
        "pods": {"ports": f"{RANGE[0]}-{RANGE[-1]}", **(PODS if pods is None else pods)}, **more}
    return made


@pytest.fixture(scope="module")
def home(engine):
    with Lab("tc") as lab:
        made = HomeLab(lab)
        for host in (made.outside, made.inside, made.far):
            for port in (WEB, TLS, DNS):
                servers.tcp_peer_server(host, port)
        made.outside.addresses("lo", f"{METADATA}/32")
        made.gateway.start_daemon()
        made.gateway.apply(document(engine))
        made.route_gateway()
        made.gateway.apply(document(engine))   # now there is a way to the internet
        yield made
        for name in names():
            lab.run("ip", "netns", "del", name, expect=None)   # of a test that failed


@pytest.fixture(scope="module")
def pods(home):
    made = {name: PodHost(home.lab, name) for name in PODS}
    for host in made.values():
        for port in (WEB, OTHER):
            servers.tcp_peer_server(host, port)
    return made


def shown(home, name):
    return home.gateway.json("pod", "show", name)


def address(home, name):
    return shown(home, name)["address"]


def refused(host, target, port):
    return clients.tcp_outcome(host, target, port) != "answered"


def test_each_is_given_what_it_needs(home, pods):
    seen = [shown(home, name) for name in PODS]
    assert len({pod["address"] for pod in seen}) == len(PODS)
    assert {pod["namespace"] for pod in seen} == {f"pod-{name}" for name in PODS}
    assert {pod["vrf"] for pod in seen} == {"pods"}
    assert {pod["state"] for pod in seen} == {"up"}
    assert seen[0]["address"] + "/32" in pods["open"].run("ip", "address").stdout
    assert "default via" in home.gateway.sluice("pod", "exec", "open", "--", "ip", "route").stdout


def test_the_internet_is_reached_by_those_who_may(home, pods):
    for server in (OUTSIDE4, FAR4):
        assert clients.tcp_peer(pods["open"], server, WEB).address == WAN4
        assert refused(pods["shut"], server, WEB)
        assert refused(pods["near"], server, WEB)


@pytest.mark.parametrize("target, port", [(INSIDE4, WEB), (LAN4, WEB), (WAN4, WEB), (METADATA, WEB), (OUTSIDE4, DNS)])
def test_the_internet_is_not_what_is_near(home, pods, target, port):
    """The LAN, the gateway, the metadata address, and names asked for elsewhere."""
    assert refused(pods["open"], target, port)


def test_no_pod_reaches_another_unless_one_says_so(home, pods):
    for one in PODS:
        for other in PODS:
            if one != other and (one, other) != ("open", "shut"):
                assert refused(pods[one], address(home, other), WEB), f"{one} reaches {other}"
    assert clients.tcp_peer(pods["open"], address(home, "shut"), WEB).address == address(home, "open")
    assert refused(pods["shut"], shown(home, "shut")["gateway"], WEB), "the gateway's side of its own link"


def test_named_networks_and_ports_are_reached(home, pods):
    assert clients.tcp_peer(pods["near"], INSIDE4, TLS).address == address(home, "near")
    assert clients.tcp_peer(pods["near"], METADATA, TLS).address == WAN4
    assert refused(pods["near"], INSIDE4, WEB)
    assert refused(pods["near"], SECOND4, TLS)


def test_who_is_let_in_comes_in(home, pods):
    assert clients.tcp_peer(home.inside, address(home, "near"), WEB).address == INSIDE4
    assert refused(home.inside, address(home, "shut"), WEB)
    assert clients.tcp_peer(home.gateway, address(home, "shut"), WEB)


def published(home, name):
    service = shown(home, name)["services"][0]
    return service["outside_address"], service["outside_port"]


def test_a_published_service_is_reached_from_outside_and_by_hairpin(home, pods):
    where = published(home, "open")
    assert where[0] == WAN4 and where[1] in RANGE
    assert clients.tcp_peer(home.far, *where).address == FAR4
    assert clients.tcp_peer(home.inside, *where)
    assert clients.tcp_peer(pods["slow"], *where)
    assert "pod:open:web" in {row["name"] for row in home.gateway.show("forwards")}


def test_counters_go_by_the_names_of_pods(home, pods):
    before = shown(home, "open")
    clients.tcp_peer(pods["open"], OUTSIDE4, WEB)
    assert refused(pods["open"], INSIDE4, WEB)
    after = shown(home, "open")
    assert all(after[key] > before[key] for key in ("rx_bytes", "tx_bytes", "drops"))
    counted = {row["name"]: row["packets"] for row in home.gateway.show("policies")}
    assert counted["pod:open"] > 0
    metrics = home.gateway.run("curl", "-sSf", "--unix-socket", home.gateway.socket_path, "http://sluice/metrics").stdout
    assert 'sluice_pod_transmit_bytes_total{pod="open"}' in metrics
    assert 'sluice_pod_errors_total{pod="open"} 0' in metrics
    assert sum(phases(home.gateway, "sluice_pod_flows", "open").values()) >= 1
    if home.gateway.json("status")["engine"] == "ebpf":
        assert scraped(home.gateway)["sluice_pod_connect_seconds_count", "open"] >= 1, "it acknowledged what the server answered"
    told = home.gateway.json("explain", "--in", "pod-open", "--protocol", "tcp", "--source", f"{after['address']}:40000",
                             "--destination", f"{OUTSIDE4}:{WEB}", "--new")
    assert "pod:open" in json.dumps(told)


def frames(pod, home, **changes):
    """A datagram to the outside that a sniffer there would hear, but for one thing that is not the pod's."""
    own = pod.run("ip", "-j", "link", "show", "eth0").stdout
    mac = json.loads(own)[0]["address"]
    gateway = pod.run("ip", "neigh", "show", "dev", "eth0").stdout.split("lladdr ")[1].split()[0]
    return Ether(src=changes.get("mac", mac), dst=gateway) / IP(src=changes.get("source", address(home, pod.name)),
                                                                dst=OUTSIDE4) / UDP(sport=4000, dport=9) / changes["text"]


def test_nobody_claims_to_be_another(home, pods):
    clients.tcp_peer(pods["open"], OUTSIDE4, WEB)   # it knows the gateway's MAC
    pod = pods["open"]
    heard = home.outside.sniff("eth0")
    injector = pod.injector("eth0", "ff:ff:ff:ff:ff:ff")
    claims = {"as another pod": {"source": address(home, "slow")}, "as a stranger": {"source": "192.0.2.77"},
              "by another mac": {"mac": "02:00:5e:00:53:77"}}
    before = home.gateway.drops()
    for text, claim in claims.items():
        injector.send_frame(bytes(frames(pod, home, text=text, **claim)))
    injector.send_frame(bytes(frames(pod, home, text="as itself")))
    eventually("what is its own arrives", lambda: any(b"as itself" in frame for frame in heard.frames))
    heard.catch_up()
    assert not any(text.encode() in frame for frame in heard.frames for text in claims)
    after = home.gateway.drops()
    assert after.get("spoofed", 0) >= before.get("spoofed", 0) + 2
    assert after.get("mac-spoofed", 0) == before.get("mac-spoofed", 0) + 1


def test_ipv6_leads_nowhere(home, pods):
    """Neither out, nor to the gateway's end of the link."""
    own = json.loads(home.gateway.run("ip", "-j", "-6", "address", "show", "dev", "pod-open").stdout)[0]["addr_info"][0]["local"]
    assert refused(pods["open"], "2001:db8:f::9", WEB)
    pods["open"].run("ping", "-6", "-c1", "-W1", f"{own}%eth0", expect=1)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_maximum_holds_both_ways_and_is_reached(home, pods, reverse):
    port = 5201 + reverse
    services.iperf_server(home.outside, port)
    got = 1000 * services.iperf(pods["slow"], OUTSIDE4, seconds=4, port=port, reverse=reverse, omit=1)
    assert MOST * SHARE <= got <= MOST


def test_its_share_is_told_by_its_name(home, pods):
    told = {(row["name"], row["interface"]): row["maximum"] for row in home.gateway.show("tenants")}
    most = f"{MOST}mbit"
    assert {key: told.pop(key) for key in list(told) if key[0] == "pod:slow"} == {
        ("pod:slow", "wan"): most, ("pod:slow", "lan"): most, ("pod:slow", "pod-slow"): most}
    assert set(told) == {("others", "wan"), ("others", "lan")}
    assert ("sluice_tenant_queue_bytes", "pod:slow", "wan") in scraped(home.gateway)
    asked = ["--in", "pod-slow", "--protocol", "tcp", "--source", f"{address(home, 'slow')}:4000", "--destination", f"{OUTSIDE4}:{WEB}"]
    queue = [row["finding"] for row in home.gateway.json("explain", *asked)["stages"] if row["stage"] == "queue"]
    assert [text.split(":")[0] for text in queue] == ["waits with pod slow"]


def names():
    return {path.name for path in Path("/run/netns").iterdir() if path.name.startswith("pod-")}


def test_a_kill_leaves_all_as_it_was(home, pods):
    before = [shown(home, name) for name in PODS]
    with contextlib.closing(clients.connect_tcp(pods["open"], OUTSIDE4, WEB)):
        home.gateway.daemon.kill()
        assert clients.tcp_peer(pods["open"], OUTSIDE4, WEB).address == WAN4
        home.gateway.start_daemon()
    after = [shown(home, name) for name in PODS]
    kept = ("name", "address", "namespace", "services")
    assert [[pod[key] for key in kept] for pod in after] == [[pod[key] for key in kept] for pod in before]


def test_what_somebody_takes_away_is_put_back(home):
    PodHost(home.lab, "shut").ip("link del eth0")
    eventually("it has its link again", lambda: f"inet {address(home, 'shut')}/" in PodHost(home.lab, "shut").run("ip", "address").stdout)
    eventually("and its route", lambda: "default via" in PodHost(home.lab, "shut").run("ip", "route").stdout)


def test_the_next_port_is_a_complaint_when_none_is_left(home, engine):
    wanted = {f"p{number}": {"services": [{"name": "web", "port": WEB, "publish": True}]} for number in range(len(RANGE) + 1)}
    told = home.gateway.apply(document(engine, PODS | wanted), expect=3).stderr
    assert f"no port of {RANGE[0]}-{RANGE[-1]} is left" in told
    assert names() == {f"pod-{name}" for name in PODS}


def test_a_port_is_kept_and_not_given_to_the_next_one(home, engine):
    where = published(home, "open")
    home.gateway.sluice("pod", "add", "late", "--owner", "ann", "--service", f"web:{WEB}", "--publish", "web")
    assert published(home, "late")[1] != where[1]
    late = published(home, "late")
    home.gateway.sluice("pod", "remove", "late")
    home.gateway.sluice("pod", "add", "later", "--service", f"web:{WEB}", "--publish", "web")
    assert published(home, "later")[1] not in (where[1], late[1]), "what was freed rests"
    home.gateway.sluice("pod", "remove", "later")
    assert published(home, "open") == where


def test_a_socket_of_the_gateways_has_its_port(home, engine):
    taken = [home.gateway.socket() for _ in RANGE]
    for port, made in zip(RANGE, taken, strict=True):
        with contextlib.suppress(OSError):
            made.bind((WAN4, port))
            made.listen()
    told = home.gateway.sluice("pod", "add", "none", "--service", f"web:{WEB}", "--publish", "web", expect=3).stderr
    assert "is left" in told
    for made in taken:
        made.close()


def test_somebody_elses_namespace_is_not_touched(home):
    home.lab.run("ip", "netns", "add", "pod-theirs")
    told = home.gateway.sluice("pod", "add", "theirs", expect=3).stderr
    assert "sluice did not make it" in told
    assert "pod-theirs" in names()
    home.lab.run("ip", "netns", "del", "pod-theirs")


def test_nothing_is_left_of_a_pod_that_goes(home, engine):
    home.gateway.sluice("pod", "remove", "near")
    assert names() == {f"pod-{name}" for name in PODS if name != "near"}
    assert "near" not in home.gateway.run("ip", "link").stdout
    home.gateway.apply(document(engine, {}))
    assert names() == set()
    assert "pod" not in home.gateway.run("ip", "link").stdout
    assert "10.101." not in home.gateway.run("ip", "route", "show", "table", "all").stdout
    home.gateway.apply(document(engine))
    home.gateway.stop_daemon()
    home.gateway.cleanup()
    assert names() == set()
