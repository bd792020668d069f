# SPDX-License-Identifier: GPL-2.0-or-later
"""HAProxy and the resolver as units that sluiced starts and takes up again, and pods whose namespaces the whole machine sees, although
sluiced has mounts of its own. One gateway with systemd and a stock kernel.
"""

import json

import pytest
from installed_gateway import InstalledGateway, Wires, make_disk
from lab import Lab, clients, eventually, servers
from lab.dns_upstream import Upstream, rows
from lab.front import PROGRAM, FrontClient, certificate, fingerprint
from lab.home import INSIDE4, OUTSIDE4, WAN4
from test_debian_units import exposure, process_of, state_of

PORT, SHOP, UNIT = 8090, "shop.example.org", "sluice-front.service"
FOLDER = "/etc/ssl/front"   # ProtectHome and PrivateTmp hide others


def document(**front):
    return {
        "version": 1, "engine": "nftables",
        "interfaces": {"wan": {"zone": "internet"}, "lan": {"zone": "lan"}},
        "underlays": {"near": {"zone": "lan"}},
        "services": {"web": {"listen": WAN4, "ports": 8081, "backends": [{"name": "one", "near": f"{INSIDE4}:{PORT}"}]}},
        "front": {"listen": WAN4, "certificates": [{"chain": f"{FOLDER}/site.crt", "key": f"{FOLDER}/site.key"}], **front},
        "sites": {"shop": {"host": SHOP, "service": "web", "access": "public"}},
    }


@pytest.fixture(scope="module")
def gateway(kernel, tmp_path_factory):
    with Lab("tc") as lab:
        wires, disk = Wires(lab), tmp_path_factory.mktemp("disk") / "disk"
        made = InstalledGateway(kernel, wires, disk, None)
        made.lab, made.wires, made.client = lab, wires, FrontClient(wires.outside, WAN4)
        make_disk(disk, made.package_root)
        wires.inside.start("/usr/bin/python3", "-B", PROGRAM, PORT, "inside")
        with made:
            eventually("sluiced answers", lambda: state_of(made, "sluiced.service") == "active", within=120)
            made.run("mkdir", "-p", FOLDER)
            put_certificate(made)
            apply(made, document())
            eventually("the site answers", lambda: asks(made) == 200, within=60)
            yield made


def put_certificate(gateway):
    for file in certificate(gateway.lab.directory, "site", SHOP):
        gateway.write(f"{FOLDER}/{file.name}", file.read_text(encoding="ascii"))


def apply(gateway, made):
    gateway.write("/etc/sluice/front.json", json.dumps(made))
    return gateway.sluice("apply", "/etc/sluice/front.json")


def asks(gateway):
    if clients.tcp_outcome(gateway.wires.outside, WAN4, 443) != "answered":
        return None
    return gateway.client.ask(SHOP).status


def test_it_may_do_little(gateway):
    assert exposure(gateway, UNIT) <= 2.0
    assert gateway.words("systemctl", "show", "-P", "User", UNIT) == "haproxy"
    assert not gateway.json("status")["degraded"]


def test_it_outlives_the_daemon(gateway):
    before = process_of(gateway, UNIT)
    gateway.run("systemctl", "restart", "sluiced")
    eventually("sluiced answers", lambda: state_of(gateway, "sluiced.service") == "active", within=60)
    assert asks(gateway) == 200 and process_of(gateway, UNIT) == before


def test_a_reload(gateway):
    before = process_of(gateway, UNIT)
    apply(gateway, document(http=8080))
    assert clients.tcp_outcome(gateway.wires.outside, WAN4, 8080) == "answered" and asks(gateway) == 200
    assert process_of(gateway, UNIT) == before and not gateway.json("status")["degraded"]


def test_a_certificate_is_replaced(gateway):
    put_certificate(gateway)
    wanted = fingerprint(gateway.lab.directory / "site.crt")
    eventually("it is served", lambda: gateway.client.fingerprint(SHOP) == wanted, within=30)


def test_one_that_ends_is_started_again(gateway):
    gateway.run("systemctl", "kill", "--signal=KILL", UNIT)
    eventually("the site answers", lambda: asks(gateway) == 200, within=60)


def test_without_a_front_there_is_no_unit(gateway):
    made = document()
    del made["front"], made["sites"]
    apply(gateway, made)
    eventually("it is gone", lambda: state_of(gateway, UNIT) == "inactive", within=30)


POD, RESOLVER, WEB, NAME = "app1", "sluice-resolver.service", 8000, "www.example.net"
REACHES = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 3)"


def pods(engine, **named):
    return {
        "version": 1, "engine": engine,
        "interfaces": {"wan": {"zone": "internet"}, "lan": {"zone": "lan"}},
        "resolver": {"upstreams": [OUTSIDE4]},
        "pods": {POD: {"owner": "john", "egress": {"domains": ["*.example.net"]}, "services": [{"name": "web", "port": WEB, "publish": True}]},
                 "shut": {}, **named},
    }


@pytest.fixture(scope="module")
def platform(gateway):
    outside = gateway.wires.outside
    servers.tcp_peer_server(outside, WEB)
    Upstream(outside, OUTSIDE4).answers[NAME, "A"] = [rows(NAME, "A", OUTSIDE4)]
    gateway.run("ip", "route", "replace", "default", "via", OUTSIDE4)
    return gateway


def reaches(gateway, pod, host):
    return gateway.run("sluice", "pod", "exec", pod, "--", "/usr/bin/python3", "-c", REACHES, host, str(WEB), expect=None)["status"] == 0


def namespaces(gateway):
    return {line.split()[0] for line in gateway.words("ip", "netns").splitlines()}


@pytest.mark.parametrize("engine", ["nftables", "ebpf"])
def test_pods_have_namespaces_of_the_machine(platform, engine):
    apply(platform, pods(engine))
    assert namespaces(platform) == {f"pod-{POD}", "pod-shut"}
    eventually("a name is resolved, and opens its address", lambda: reaches(platform, POD, NAME), within=60)
    assert not reaches(platform, "shut", OUTSIDE4)
    assert "10.101." in platform.words("ip", "netns", "exec", f"pod-{POD}", "ip", "address", "show", "dev", "eth0")
    assert exposure(platform, RESOLVER) <= 2.0
    platform.run("systemctl", "restart", "sluiced")
    eventually("sluiced runs", lambda: platform.json("status")["state"] == "running", within=60)
    assert reaches(platform, POD, NAME) and platform.json("pod", "show", POD)["state"] == "up"
    platform.sluice("pod", "add", "late")
    assert "pod-late" in namespaces(platform)
    platform.sluice("pod", "remove", "late")
    assert namespaces(platform) == {f"pod-{POD}", "pod-shut"}


def test_resolving_ends_and_comes_back(platform):
    before = process_of(platform, RESOLVER)
    platform.run("systemctl", "kill", "--signal=KILL", RESOLVER)
    eventually("it is another one", lambda: process_of(platform, RESOLVER) not in ("0", before), within=60)
    eventually("it answers", lambda: reaches(platform, POD, NAME), within=60)


def test_nothing_is_left_of_them(platform):
    made = pods("ebpf")
    del made["pods"], made["resolver"]
    apply(platform, made)
    assert namespaces(platform) == set()
    eventually("the resolver is gone", lambda: state_of(platform, RESOLVER) == "inactive", within=30)
