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
from lab.home import INSIDE4, OTHER_OUTSIDE4, OUTSIDE4, WAN4
from lab.stun_server import StunServer
from test_debian_units import expect_bounded, exposure, process_of, state_of

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
    sockets = gateway.words("stat", "-c", "%a:%G", "/run/sluice/front/run/stats.sock", "/run/sluice/front/run/peers.sock")
    assert sockets.split() == ["660:root", "660:root"], "sluiced has no privilege to talk to sockets of others"


def test_it_outlives_the_daemon(gateway):
    before = process_of(gateway, UNIT)
    gateway.run("systemctl", "restart", "sluiced")
    eventually("sluiced answers", lambda: state_of(gateway, "sluiced.service") == "active", within=60)
    assert asks(gateway) == 200 and process_of(gateway, UNIT) == before


def test_a_reload(gateway):
    before = process_of(gateway, UNIT)
    apply(gateway, document(http=8080))
    eventually("the new port answers", lambda: clients.tcp_outcome(gateway.wires.outside, WAN4, 8080) == "answered", within=30)
    assert asks(gateway) == 200
    assert "taken over the counts" not in gateway.words("journalctl", "--no-pager", "-u", "sluiced")
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


def test_an_order_is_placed_by_a_unit_of_its_own(gateway):
    """It says why it cannot be had: no authority is there, or no uacme."""
    made = document(acme={"directory": f"https://{OUTSIDE4}:14000/dir", "ca_file": f"{FOLDER}/site.crt"})
    del made["front"]["certificates"]
    apply(gateway, made)

    def error():
        return [row["error"] for row in gateway.json("show", "certificates")["certificates"] if row["failures"]]
    eventually("it is told", error, within=60)
    assert "uacme is not installed" in error()[0] or "connect" in error()[0]
    apply(gateway, document())
    eventually("the file is served again", lambda: asks(gateway) == 200, within=30)


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
    expect_bounded(platform, RESOLVER)
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


TOKEN = "the-token-of-the-page"
ASK = ("import sys, urllib.request as u; h = {'Authorization': 'Bearer ' + sys.argv[2]}; "
       "print(u.urlopen(u.Request(sys.argv[1], headers=h), timeout=5).read().decode())")


def told(gateway, where):
    return gateway.words("/usr/bin/python3", "-c", ASK, f"http://{WAN4}:{where}", TOKEN, expect=None)


def test_packets_are_captured_by_a_unit(platform):
    platform.background("/run/capture.log", "sluice", "capture", "-c", 6, "--seconds", 120, "-w", "/run/seen.pcapng")

    def written():
        assert reaches(platform, POD, NAME)
        return int(platform.words("stat", "-c", "%s", "/run/seen.pcapng", expect=None) or 0) > 600
    eventually("packets are written", written, within=60)
    assert platform.words("od", "-An", "-tx1", "-N4", "/run/seen.pcapng") == "0a 0d 0d 0a"
    platform.background("/run/idle.log", "sluice", "capture", "--seconds", 60, "-w", "/run/idle.pcapng", "udp port 9")

    def units():
        return platform.words("systemctl", "list-units", "--plain", "--no-legend", "sluice-*-capture.service").split()
    expect_bounded(platform, eventually("it is a unit", units, within=60)[0], 2.1)   # what it gives up when it has its rings counts


def test_metrics_are_told_by_a_unit(platform):
    apply(platform, pods("ebpf") | {"metrics": {"listen": f"{WAN4}:9469"}})
    eventually("they are told", lambda: "sluice_build_info{" in told(platform, "9469/metrics"), within=60)
    expect_bounded(platform, "sluice-scrape.service")


def test_the_page_is_answered_by_a_unit(platform):
    platform.run("sh", "-c", f"umask 077; echo {TOKEN} >/var/lib/sluice/web.token")
    apply(platform, pods("ebpf") | {"web": {"listen": f"{WAN4}:8468", "token_file": "web.token"}})
    eventually("it is there", lambda: "<title>sluice" in told(platform, "8468/"), within=60)
    assert '"state":"running"' in told(platform, "8468/v1/status")
    expect_bounded(platform, "sluice-web.service")


def test_events_are_told_by_a_unit(platform):
    apply(platform, pods("ebpf") | {"nat_log": {"collectors": [{"name": "archive", "to": OUTSIDE4}]}})
    eventually("it runs", lambda: state_of(platform, "sluice-ipfix.service") == "active", within=60)
    expect_bounded(platform, "sluice-ipfix.service")
    apply(platform, pods("ebpf"))
    eventually("it is gone", lambda: state_of(platform, "sluice-ipfix.service") == "inactive", within=30)


def test_a_bundle_has_the_journal_and_the_kernel(platform):
    platform.sluice("bundle", "/run/all.tar.gz")
    files = platform.words("tar", "-tzf", "/run/all.tar.gz").splitlines()
    assert any("journal" in name for name in files)
    platform.run("mkdir", "/run/all")
    platform.run("tar", "-xzf", "/run/all.tar.gz", "-C", "/run/all")
    assert "is in force" in platform.words("grep", "-rh", "in force", "/run/all")


def test_nothing_is_left_of_them(platform):
    made = pods("ebpf")
    del made["pods"], made["resolver"]
    apply(platform, made)
    assert namespaces(platform) == set()
    eventually("the resolver is gone", lambda: state_of(platform, RESOLVER) == "inactive", within=30)


REACH, ERRAND = "sluice-reach.service", "sluice-ddns.service"


def reached():
    """Nobody listens where the provider would."""
    return {
        "version": 1, "engine": "nftables", "interfaces": {"wan": {"zone": "internet"}, "lan": {"zone": "lan"}},
        "networks": {"home": {"type": "secure-internet", "port": 51820, "endpoints": {"phone": {"type": "mobile"}}}},
        "reachability": {"interface": "wan", "port_mapping": ["pcp", "upnp"], "stun": [OUTSIDE4],
                         "dynamic_dns": {"name": "alice.example.org", "url": f"https://{OUTSIDE4}:8443/", "token_file": f"{FOLDER}/token"}},
    }


@pytest.fixture(scope="module")
def seen(platform):
    platform.wires.outside.addresses("eth0", f"{OTHER_OUTSIDE4}/24")
    StunServer(platform.wires.outside, OUTSIDE4, OTHER_OUTSIDE4)
    platform.write(f"{FOLDER}/token", "token\n")
    apply(platform, reached())
    return platform


def device(gateway):
    return gateway.json("reachability", "status")


def test_how_the_gateway_is_seen_is_asked_by_a_unit(seen):
    eventually("strangers get through", lambda: device(seen)["path"] == "direct", within=90)
    assert device(seen)["endpoint"] == f"{WAN4}:51820" and device(seen)["stun"]["mapped"] == f"{WAN4}:51820"
    expect_bounded(seen, REACH)
    before = process_of(seen, REACH)
    seen.run("systemctl", "kill", "--signal=KILL", REACH)
    eventually("it is another one", lambda: process_of(seen, REACH) not in ("0", before), within=60)
    eventually("strangers get through", lambda: device(seen)["path"] == "direct", within=90)


def test_a_library_that_reads_the_words_of_devices_is_run(seen):
    eventually("no router gives a port", lambda: device(seen)["upnp"]["status"] == "refused", within=90)
    assert "upnp: " in device(seen)["upnp"]["reason"] and "cannot" not in device(seen)["upnp"]["reason"]


def test_a_name_is_told_by_a_unit(seen):
    eventually("it is told", lambda: device(seen)["dns"]["status"] == "failed", within=60)
    assert device(seen)["dns"]["reason"].startswith("connect ")
    apply(seen, pods("nftables"))
    for unit in (REACH, ERRAND):
        eventually(f"{unit} is gone", lambda one=unit: state_of(seen, one) == "inactive", within=60)


RELAY_TCP = "sluice-relay-tcp.service"


def test_relays_over_tls_are_a_unit(platform):
    apply(platform, {"version": 1, "engine": "nftables", "interfaces": {"wan": {"zone": "internet"}, "lan": {"zone": "lan"}},
                     "relay": {"tcp": 443}})
    eventually("a stranger is heard", lambda: clients.tcp_outcome(platform.wires.outside, WAN4, 443) == "answered", within=60)
    expect_bounded(platform, RELAY_TCP)
    before = process_of(platform, RELAY_TCP)
    platform.run("systemctl", "kill", "--signal=KILL", RELAY_TCP)
    eventually("it is another one", lambda: process_of(platform, RELAY_TCP) not in ("0", before), within=60)
    apply(platform, pods("nftables"))
    eventually("it is gone", lambda: state_of(platform, RELAY_TCP) == "inactive", within=60)
