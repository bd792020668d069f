# SPDX-License-Identifier: GPL-2.0-or-later
"""Documents by chance are applied by every engine that can, one after the other, and taken back without a trace.

SLUICE_CORPUS_SEED and SLUICE_CORPUS_COUNT try others; a failed test has the seed in its name and the document in
its log.
"""

import ipaddress
import json
import os
import random

import corpus
import pytest
from lab import Lab, eventually, kernel, snapshot
from lab.front import Signer, certificate
from lab.phones import own_runtime_directory

Lab.memory = None   # documents that ask for large tables are among them

SEED = os.environ.get("SLUICE_CORPUS_SEED", "1")
COUNT = int(os.environ.get("SLUICE_CORPUS_COUNT", "12"))
DEGRADED = 6
ENGINES = ("ebpf", "nftables")
FRAMES = ("l2-point-to-point", "l2-mesh")
SEEDS = [f"{SEED}.{number}" for number in range(COUNT)]
CONNTRACK = "net/netfilter/nf_conntrack_{}"
SETTINGS = [CONNTRACK.format(name) for name in (
    "acct", "tcp_timeout_established", "udp_timeout", "udp_timeout_stream", "icmp_timeout", "icmpv6_timeout",
    "generic_timeout")]


@pytest.fixture
def gateway():
    own_runtime_directory()
    with Lab() as lab:
        yield lab.gateway("gw")


def accepted_document(gateway, seed):
    """The first by this seed that has something to carry and is accepted, and the engines that `check` accepts it for."""
    for document in corpus.candidates(seed):
        put_front_files(gateway, document)
        engines = [name for name in ENGINES if is_accepted(gateway, {**document, "engine": name})]
        if document.get("interfaces") and engines and can_be_made(document):
            return document, engines


def can_be_made(document):
    """Whether this kernel and this lab have what the document wants."""
    rows = document["interfaces"].values()
    lacks_vlan = any("vlan" in row for row in rows) and not kernel.has("8021q")
    frames = any(network["type"] in FRAMES for network in document.get("networks", {}).values())
    filters = frames or any("ports" in row.get("bridge", {}) for row in rows)
    lacks_filter = filters and not kernel.has("vlan-filtering")
    lacks_tunnel = frames and not kernel.has("gre")
    lacks_key = any(endpoint.get("key_file", "").startswith("/") for endpoint in endpoints_of(document))
    lacks_etcd = "cluster" in document   # a node takes no second document without it
    return not (lacks_vlan or lacks_filter or lacks_tunnel or lacks_key or lacks_etcd)


def endpoints_of(document):
    return [endpoint for network in document.get("networks", {}).values() for endpoint in network.get("endpoints", {}).values()]


def put_keys(gateway, document):
    """Those that operators put there: sluice makes no preshared ones, nor the one that a network's file has."""
    names = [endpoint.get("preshared_key_file") for endpoint in endpoints_of(document)]
    names += [network.get("key_file") for network in document.get("networks", {}).values()]
    for name in filter(None, names):
        file = gateway.state / name
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_text(gateway.run("wg", "genkey").stdout, encoding="ascii")
        file.chmod(0o600)


def put_front_files(gateway, document):
    """Certificates and keys of tokens, of which a document by chance has names of files only."""
    front, folder = document.get("front", {}), gateway.lab.directory
    if "certificates" in front:
        hosts = {site["host"] for site in document.get("sites", {}).values() if "host" in site}
        chain, key = certificate(folder, "corpus", f"*.{front.get('domain', 'example.org')}", *sorted(hosts))
        front["certificates"] = [{"chain": str(chain), "key": str(key)}]
    if tokens := front.get("tokens"):
        secret = b"k" * 40 if tokens["algorithm"] == "HS256" else b""
        tokens["key_file"] = Signer(tokens["algorithm"], secret).public(folder / "corpus.pub")


def put_relay_files(gateway, document):
    """What relays say of themselves: of one that nobody runs, each with a subnet of its own."""
    for number, relay in enumerate(document.get("reachability", {}).get("relays", [])):
        key = gateway.run("sh", "-c", "wg genkey | wg pubkey").stdout.strip()
        told = {"version": 1, "client": "corpus", "public_key": key, "endpoints": [f"203.0.113.{number + 1}:51830"],
                "address": f"10.102.{number}.2", "relay_address": f"10.102.{number}.1", "port": 42000, "to_port": 51820, "mtu": 1340}
        file = gateway.state / relay["config"]
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_text(json.dumps(told), encoding="utf-8")


def leads_nowhere(document):
    """A route of a VRF by an address that is in none of its networks."""
    networks = [(row.get("vrf"), ipaddress.ip_interface(address).network) for row in document["interfaces"].values()
                for address in row.get("addresses", [])]
    hops = [(name, ipaddress.ip_address(route["via"])) for name, row in document.get("vrfs", {}).items()
            for route in row.get("routes", []) if "via" in route and not ipaddress.ip_address(route["via"]).is_link_local]
    return any(all(vrf != name or hop not in network for vrf, network in networks) for name, hop in hops)


def lacks_a_way(document):
    """No route leads to the other end of a tunnel here, nor anywhere by default."""
    return leads_nowhere(document) or any("vxlan" in row for row in document["interfaces"].values()) or any(
        network["type"] == "secure-internet" and "internet" not in network for network in document.get("networks", {}).values()) or any(
        wants_the_internet(pod) for name, pod in document.get("pods", {}).items() if name not in ("ports", "subnets"))


def wants_the_internet(pod):
    egress = pod.get("egress", {})
    return egress.get("default") == "accept" or "domains" in egress or any(service.get("publish") for service in pod.get("services", []))


def devices_below(document):
    """What has to be there before: members and parents for what sluice makes, the device itself otherwise."""
    names = set()
    for name, row in document["interfaces"].items():
        if "vlan" in row:
            names.add(row["vlan"]["parent"])
        elif "bridge" in row:
            names.update(row["bridge"].get("members", []))
        elif "vxlan" not in row:
            names.add(name)
    return sorted(names - {name for name, row in document["interfaces"].items() if "vlan" in row or "bridge" in row})


def is_accepted(gateway, document):
    return gateway.sluice("check", gateway.write(document), expect=None, quiet=True).returncode == 0


def make_devices(gateway, document):
    peer = gateway.lab.host("peer")
    for number, name in enumerate(devices_below(document)):
        gateway.lab.wire((gateway, name), (peer, f"eth{number}"))
    eventually("all devices are up", lambda: "DOWN" not in gateway.ip("-brief link show").stdout)


def state_of(gateway):
    """What a cleanup has to leave as it was: connection tracking's settings as well."""
    return {**snapshot.take(gateway), **{path: gateway.sysctl(path) for path in SETTINGS}}


def is_in_force(gateway, document):
    """Applied, `plan` finds nothing to do; where backends are asked, as soon as what they answered is followed."""
    gateway.apply(document, expect=DEGRADED if lacks_a_way(document) else 0)
    file = gateway.write(document)
    if "services" in document:
        eventually("all is done", lambda: gateway.sluice("plan", "--exit-code", file, expect=None).returncode == 0)
    else:
        gateway.sluice("plan", "--exit-code", file)
    return gateway.json("status")["engine"] == document["engine"]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_document_is_applied_by_its_engines_and_taken_back(gateway, seed):
    document, engines = accepted_document(gateway, seed)
    make_devices(gateway, document)
    before = state_of(gateway)
    put_keys(gateway, document)
    put_relay_files(gateway, document)
    gateway.start_daemon()
    for engine in random.Random(seed).sample(engines, k=len(engines)):
        assert is_in_force(gateway, {**document, "engine": engine})
    gateway.cleanup()
    assert snapshot.differences(before, state_of(gateway)) == []
    assert not gateway.pins.exists()
