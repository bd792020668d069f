# SPDX-License-Identifier: GPL-2.0-or-later
"""What the daemon may do under its unit, and the units that it starts: tunnels and a routing daemon, with real ones at the other end.
One gateway with systemd and a stock kernel.
"""

import json
import re

import pytest
from debian_lab import run
from installed_gateway import InstalledGateway, Wires, make_disk
from lab import Lab, clients, eventually, servers
from lab.frr import FrrRouter
from lab.gateway import binaries
from lab.home import INSIDE4, LAN4, WAN4
from lab.phones import Phone, own_runtime_directory

GATEWAY4 = "10.100.0.1"     # of the sites' network
ASN, SITE_ASN = 65001, 65010
SITE_LAN = "10.2.0.0/24"
TUNNELS = ("sluice-tunnel-wg-road.service", "sluice-tunnel-wg-sites.service")
ROUTER, OSPF, HEALTH = "sluice-bgpd-sites.service", "sluice-ospf-offices:rome.service", "sluice-health.service"
# As systemd-analyze judges them: 0 may do nothing, 10 may do anything.
MOST_EXPOSED = {"sluiced.service": 2.0, TUNNELS[0]: 2.0, HEALTH: 2.0, ROUTER: 3.0}


def document(**changes):
    return {
        "version": 1, "engine": "nftables",
        "interfaces": {"wan": {"zone": "internet"}, "lan": {"zone": "lan"}},
        "policies": [{"name": "lan-out", "from": "lan", "to": "internet", "action": "accept"}],
        "nat": {"masquerade": [{"name": "out", "from": "lan", "to": "internet", "family": "ipv4"}]},
        "wireguard": {"backend": "userspace"},
        "underlays": {"near": {"zone": "lan"}},
        "services": {"pool": {"listen": WAN4, "ports": 8081, "backends": [{"name": "one", "near": f"{INSIDE4}:8000"}],
                              "health": {"type": "tcp", "interval": "1s"}}},
        "networks": {
            "sites": {"type": "l3vpn", "subnet": "10.100.0.0/24", "endpoint": WAN4, "routing": {"bgp": {"asn": ASN}},
                      "endpoints": {"berlin": {"type": "cpe", "routes": ["10.2.0.0/16"], "asn": SITE_ASN}}},
            "offices": {"type": "l3vpn", "subnet": "10.102.0.0/24", "endpoint": WAN4, "routing": "ospf",
                        "endpoints": {"rome": {"type": "cpe", "routes": ["10.3.0.0/16"]}}},
            "road": {"type": "remote-resource", "subnet": "10.101.0.0/24", "endpoint": WAN4, "resources": [f"{INSIDE4}/32"],
                     "endpoints": {"phone": {"type": "mobile"}}},
        },
    } | changes


class Client(Phone):
    """Its file is on this machine, and the gateway on another."""

    def take_config(self):
        text = self.gateway.sluice("endpoint", "config", self.network, self.endpoint)
        self.file.write_text(text + "\n", encoding="utf-8")
        return text

    def row(self):
        return next(row for row in self.gateway.json("show", "endpoints")["endpoints"]
                    if (row["network"], row["name"]) == (self.network, self.endpoint))


@pytest.fixture(scope="module")
def gateway(kernel, tmp_path_factory):
    with Lab("tc") as lab:
        own_runtime_directory()
        wires, disk = Wires(lab), tmp_path_factory.mktemp("disk") / "disk"
        made = InstalledGateway(kernel, wires, disk, json.dumps(document()))
        made.lab, made.wires = lab, wires
        make_disk(disk, made.package_root)
        servers.tcp_peer_server(wires.inside, 8000)
        servers.tcp_peer_server(wires.outside, 8000)
        with made:
            made.await_running()
            yield made


@pytest.fixture(scope="module")
def phone(gateway):
    return Client(gateway, gateway.wires.outside, "road", "phone", "phone0").up()


@pytest.fixture(scope="module")
def berlin(gateway):
    """A router of somebody else's: wg-quick makes no routes but to the gateway, the rest is BGP."""
    router = gateway.wires.outside
    tunnel = Client(gateway, router, "sites", "berlin", "berlin0")
    text = tunnel.take_config().replace("[Interface]", "[Interface]\nTable = off")
    tunnel.file.write_text(text, encoding="utf-8")
    router.run("wg-quick", "up", tunnel.file)
    router.lab.defer(tunnel.down, None)
    router.ip(f"route add {GATEWAY4} dev berlin0")
    tunnel.frr = FrrRouter(router, f"""
router bgp {SITE_ASN}
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor {GATEWAY4} remote-as {ASN}
 neighbor {GATEWAY4} timers connect 2
 neighbor {GATEWAY4} disable-connected-check
 address-family ipv4 unicast
  network {SITE_LAN}
 exit-address-family
""")
    return tunnel


def process_of(gateway, unit):
    return gateway.words("systemctl", "show", "-P", "MainPID", unit)


def expect_bounded(gateway, unit, most=2.0):
    """It may do little, and is no user that has anything."""
    assert exposure(gateway, unit) <= most

    def is_a_user_of_its_own():   # before it is sluiced it is systemd
        status = gateway.words("cat", f"/proc/{process_of(gateway, unit)}/status", expect=None)
        seen = re.search(r"Uid:\s+(\d+)", status)
        return seen and int(seen[1]) >= 61184   # the first one that systemd gives to a service by itself
    eventually(f"{unit} has a user of its own", is_a_user_of_its_own, within=30)


def state_of(gateway, unit):
    return gateway.words("systemctl", "is-active", unit, expect=None)


def exposure(gateway, unit):
    told = gateway.words("systemd-analyze", "security", "--no-pager", unit).splitlines()[-1]
    print(told)
    return float(re.search(r"(\d+\.\d+)", told)[1])


def entries(gateway, *matches):
    """The journal writes when it has time."""
    def written():
        text = gateway.words("journalctl", "-q", "-o", "json", *matches)
        return [json.loads(line) for line in text.splitlines()]
    return eventually(f"the journal has {matches}", written, within=30)


@pytest.mark.parametrize("unit", MOST_EXPOSED)
def test_no_unit_may_do_more_than_it_needs(gateway, unit):
    eventually(f"{unit} is active", lambda: state_of(gateway, unit) == "active", within=60)
    assert exposure(gateway, unit) <= MOST_EXPOSED[unit]


def test_a_tunnel_that_is_a_unit_carries(gateway, phone):
    """A supplier is seen with the gateway's address of the inside."""
    def peer():
        return clients.tcp_peer(gateway.wires.outside, INSIDE4, 8000, source=(phone.addresses()[0], 0)).address
    assert eventually("the tunnel carries", peer, within=30) == LAN4


def test_tunnels_and_routing_outlive_the_daemon(gateway, phone, berlin):
    def is_up():
        return berlin.row()["routing_state"] == "established"

    eventually("the site has a session", is_up, within=60)
    before = {unit: process_of(gateway, unit) for unit in (*TUNNELS, ROUTER)}
    for command in (("restart", "sluiced"), ("kill", "-s", "KILL", "sluiced")):
        gateway.run("systemctl", *command)
        gateway.await_running()
        assert {unit: process_of(gateway, unit) for unit in before} == before
        eventually("the site still has its session", is_up, within=30)
        test_a_tunnel_that_is_a_unit_carries(gateway, phone)


def test_what_speaks_ospf_is_a_unit_of_three_daemons(gateway):
    """And the service may ask them, though it is root without root's privilege to do so."""
    def row():
        return next(row for row in gateway.json("show", "endpoints")["endpoints"] if row["name"] == "rome")

    eventually(f"{OSPF} is active", lambda: state_of(gateway, OSPF) == "active", within=60)
    eventually("ospfd answers", lambda: row()["routing_state"] == "down", within=60)
    group = gateway.words("systemctl", "show", "-P", "ControlGroup", OSPF)
    programs = gateway.words("bash", "-c", f"for one in $(cat /sys/fs/cgroup{group}/cgroup.procs); do cat /proc/$one/comm; done")
    assert {"zebra", "staticd", "ospfd"} <= set(programs.split())
    before = process_of(gateway, OSPF)
    gateway.run("systemctl", "restart", "sluiced")
    gateway.await_running()
    assert process_of(gateway, OSPF) == before


def is_up(gateway):
    return gateway.json("show", "services")["services"][0]["state"] == "up"


def test_backends_are_asked_by_a_unit_that_comes_back(gateway):
    eventually("the backend is up", lambda: is_up(gateway), within=60)
    expect_bounded(gateway, HEALTH)
    for end in (("kill", "-s", "KILL", HEALTH), ("restart", "sluiced")):
        before = process_of(gateway, HEALTH)
        gateway.run("systemctl", *end)
        eventually(f"another one asks after {end[0]}", lambda before=before: process_of(gateway, HEALTH) not in ("0", before), within=60)
        eventually("nothing is missing", lambda: gateway.json("status")["state"] == "running", within=60)
        eventually("the backend is up", lambda: is_up(gateway), within=60)


def raw_sockets(gateway):
    """Of the daemon: inodes of /proc/net/raw among its descriptors."""
    process = process_of(gateway, "sluiced")
    return gateway.words("bash", "-c", f"""for one in $(awk 'NR > 1 {{print $10}}' /proc/net/raw); do
        ls -l /proc/{process}/fd | grep -o "socket:.$one."; done""", expect=None).split()


def test_a_new_key_is_heard_by_a_socket_that_a_unit_made(gateway, phone):
    """The daemon itself may make no socket of IP."""
    assert raw_sockets(gateway) == []
    gateway.sluice("endpoint", "rotate", "road", "phone")
    eventually("it listens", lambda: len(raw_sockets(gateway)) == 1, within=30)
    phone.down()
    phone.up()
    test_a_tunnel_that_is_a_unit_carries(gateway, phone)
    eventually("the key was taken up, and nobody listens any more", lambda: raw_sockets(gateway) == [], within=30)


def test_the_journal_is_asked_for_an_object(gateway):
    gateway.write("/run/bad.json", json.dumps(document(version=7)))
    gateway.sluice("apply", "/run/bad.json", expect=None)
    refused = entries(gateway, "SLUICE_OBJECT=document//run/bad.json")[-1]
    assert refused["PRIORITY"] == "4" and "version" in refused["SLUICE_REASON"]
    gateway.write("/run/more.json", json.dumps(document(interfaces=document()["interfaces"] | {"eth9": {"zone": "dmz"}})))
    gateway.sluice("apply", "--why", "one more", "/run/more.json", expect=None)
    missing = entries(gateway, "SLUICE_OBJECT=interface/eth9")[-1]
    assert missing["SLUICE_REASON"].startswith("does not exist") and missing["_SYSTEMD_UNIT"] == "sluiced.service"
    revision = gateway.json("status")["revision"]
    assert any("one more" in entry["SLUICE_REASON"] for entry in entries(gateway, f"SLUICE_OBJECT=revision/{revision}"))


def given(gateway):
    """All that clients rely on."""
    networks = {row["name"]: [row[key] for key in ("vcid", "port", "subnet")] for row in gateway.json("show", "networks")["networks"]}
    endpoints = {row["name"]: [row[key] for key in ("address", "public_key", "version")]
                 for row in gateway.json("show", "endpoints")["endpoints"]}
    return networks, endpoints


@pytest.fixture(scope="module")
def second(gateway, phone, berlin, kernel, tmp_path_factory):
    """A fresh machine with the package and no document, whose cards are called otherwise: one command each makes it the first."""
    folder = tmp_path_factory.mktemp("second")
    public = run(binaries() / "sluice", "backup", "--generate-key", folder / "key").strip()
    gateway.write("/run/whole.json", json.dumps(document()))
    gateway.sluice("apply", "/run/whole.json")
    gateway.sluice("backup", "/run/first.backup", "--to", public)
    content = gateway.words("base64", "-w0", "/run/first.backup")
    clients_have = given(gateway)
    gateway.power_cut()
    made = InstalledGateway(kernel, gateway.wires, folder / "disk", None, {"lan": "ens3", "wan": "ens4"})
    make_disk(folder / "disk", made.package_root)
    made.lab, made.wires, made.clients_have = gateway.lab, gateway.wires, clients_have
    with made:
        made.await_running("empty")
        made.write("/run/first.base64", content)
        made.run("bash", "-c", "base64 -d /run/first.base64 >/run/first.backup")
        made.write("/run/key", (folder / "key").read_text(encoding="utf-8"))
        made.run("chmod", "600", "/run/key")
        made.sluice("restore", "/run/first.backup", "--key-file", "/run/key", "--map", "lan=ens3", "--map", "wan=ens4")
        phone.gateway = berlin.gateway = made
        yield made


def test_it_burns_and_clients_of_the_next_machine_keep_what_they_have(second, phone, berlin):
    assert given(second) == second.clients_have
    source = (phone.addresses()[0], 0)
    eventually("the phone's tunnel carries",
               lambda: clients.tcp_outcome(second.wires.outside, INSIDE4, 8000, timeout=2, source=source) == "answered", within=60)
    test_a_tunnel_that_is_a_unit_carries(second, phone)
    eventually("the site has a session", lambda: berlin.row()["routing_state"] == "established", within=120)
    eventually("its backend is up", lambda: is_up(second), within=60)
    for unit in (*TUNNELS, ROUTER, OSPF, HEALTH):
        eventually(f"{unit} is active", lambda one=unit: state_of(second, one) == "active", within=60)


def test_units_end_with_what_they_were_for(second):
    there = json.loads(second.sluice("export"))
    second.write("/run/without.json", json.dumps(there | {"networks": {}, "services": {}}))
    second.sluice("apply", "/run/without.json")
    for unit in (*TUNNELS, ROUTER, OSPF, HEALTH):
        eventually(f"{unit} is gone", lambda unit=unit: state_of(second, unit) == "inactive", within=30)
