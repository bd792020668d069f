# SPDX-License-Identifier: GPL-2.0-or-later
"""A box and a phone, each behind a NAT of somebody else's, and a relay that both reach."""

import json
import tempfile
from pathlib import Path

from lab import eventually, servers
from lab.distances import wire_far
from lab.phones import Phone, own_runtime_directory

RELAY4, RELAY6 = "203.0.113.1", "2001:db8:f::1"
NET4, NET6 = "203.0.113.14", "2001:db8:f::fe"
INSIDE4 = "192.168.10.2"
OTHER4, OTHER_NET4, OTHER_HUB4 = "203.0.113.33", "203.0.113.46", "10.103.0.1"   # of a second relay
HUB4, HUB6 = "10.102.0.1", "fd00:102::1"
HUB_PORT, SERVED, TLS = 51830, 8000, 443
BLOCK = "add table inet block; add chain inet block way { type filter hook forward priority 0; }; add rule inet block way meta l4proto udp drop"
# Control sockets of tunnels lie in one directory of the machine: gateways with tunnels of the same name are two machines.
OWN_MACHINE = ("unshare", "--mount", "--propagation", "private", "sh", "-c",
               'mount -t tmpfs tunnels /run/wireguard && exec "$@"', "sh")


def by(way, document):
    engine, hook = way
    if engine == "ebpf":
        document["interfaces"]["wan"]["hook"] = hook
    return document | {"engine": engine}


def relay_document(way, clients=None, **relay):
    return by(way, {"version": 1, "interfaces": {"wan": {"zone": "internet"}},
                    "relay": {**({"clients": clients} if clients else {}), **relay}})


def box_document(way, *relays):
    return by(way, {
        "version": 1,
        "interfaces": {"wan": {"zone": "internet"}, "lan": {"zone": "lan", "addresses": ["192.168.10.1/24"]}},
        "networks": {"home": {"type": "remote-resource", "resources": ["192.168.10.0/24"],
                              "endpoints": {"phone": {"type": "mobile"}}}},
        "reachability": {"interface": "wan", "port_mapping": [],
                         "relays": [{"name": name, "config": f"relay-{name}.conf"} for name in relays]},
    })


def pair(host):
    private = host.run("wg", "genkey", quiet=True).stdout.strip()
    return private, host.run("wg", "pubkey", stdin=f"{private}\n", quiet=True).stdout.strip()


class PlainClient:
    """A client of the relay that is no sluice: wg-quick with what `sluice relay config` prints."""

    def __init__(self, site, relay, name, number, private, address=None):
        self.host = site.stranger(name, number)
        told = relay.config(name)
        self.port, self.address = told["port"], address or told["address"]
        self.file = Path(tempfile.mkdtemp(dir=site.lab.directory)) / f"{name}0.conf"
        self.file.write_text(f"""[Interface]
PrivateKey = {private}
Address = {self.address}/32
Table = off
PostUp = ip route add {told["relay_address"]} dev %i
[Peer]
PublicKey = {told["public_key"]}
Endpoint = {told["endpoints"][0]}
AllowedIPs = 0.0.0.0/0
PersistentKeepalive = 25
""", encoding="utf-8")

    def up(self):
        self.host.run("wg-quick", "up", self.file)
        self.host.lab.defer(self.host.run, "wg-quick", "down", self.file, expect=None)
        return self


class Relay:
    """The gateway that is the relay."""

    def __init__(self, gateway):
        self.gateway = gateway

    def config(self, name):
        return json.loads(self.gateway.sluice("relay", "config", name).stdout)

    def row(self, name):
        return next(row for row in self.gateway.show("relay") if row["name"] == name)

    def add(self, name, key, *words, expect=0):
        return self.gateway.sluice("relay", "add", name, "--public-key", key, *words, expect=expect)


class RelaySite:
    """inside -- lan [box] wan -- [NAT] -- net -- eth0|wan [relay]; phone -- [NAT] -- net"""

    def __init__(self, lab, way):
        own_runtime_directory()
        self.lab, self.way = lab, way
        self.net = lab.host("net")
        for path in ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"):
            self.net.sysctl(path, "1")
        self.relay = self.make_relay("relay", "eth0", RELAY4, NET4)
        self.relay.gateway.addresses("wan", f"{RELAY6}/64").routes(f"default via {NET6}")
        self.net.addresses("eth0", f"{NET6}/64")
        self.box, self.inside = lab.gateway("box"), lab.host("inside")
        self.box_nat = self.behind_nat(self.box, "wan", 12)
        lab.wire((self.box, "lan"), (self.inside, "eth0"))
        self.inside.addresses("eth0", f"{INSIDE4}/24").routes("default via 192.168.10.1")
        servers.tcp_peer_server(self.inside, SERVED)
        servers.endless_server(self.inside, 9000)
        self.phone_host = lab.host("phone")
        self.behind_nat(self.phone_host, "eth0", 20)

    def make_relay(self, name, device, address, router, milliseconds=0):
        """A round trip to it takes so long."""
        gateway = self.lab.gateway(name)
        if milliseconds:
            wire_far(self.lab, self.net, device, gateway, milliseconds)
            for words in ("eth0 down", "eth0 name wan", "wan up"):
                gateway.ip("link set dev", words)
        else:
            self.lab.wire((self.net, device), (gateway, "wan"))
        self.net.addresses(device, f"{router}/28")
        gateway.addresses("wan", f"{address}/28").routes(f"default via {router}")
        return Relay(gateway)

    def behind_nat(self, host, device, number):
        """By the kernel's own NAT, which lets nobody in; IPv6 is routed."""
        nat = self.nat_host(number)
        self.lab.wire((self.net, f"to{number}"), (nat, "out"))
        self.lab.wire((nat, "in"), (host, device))
        self.net.addresses(f"to{number}", f"192.0.2.{number}/31", f"2001:db8:{number}::1/64")
        self.net.routes(f"2001:db8:{number}1::/64 via 2001:db8:{number}::2")
        nat.addresses("out", f"192.0.2.{number + 1}/31", f"2001:db8:{number}::2/64")
        nat.addresses("in", f"192.168.{number}.1/24", f"2001:db8:{number}1::1/64")
        nat.routes(f"default via 192.0.2.{number}", f"default via 2001:db8:{number}::1")
        for path in ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"):
            nat.sysctl(path, "1")
        self.translate(nat, number)
        host.addresses(device, f"192.168.{number}.2/24").routes(f"default via 192.168.{number}.1")
        return nat

    def nat_host(self, number):
        return self.lab.host(f"nat{number}")

    def translate(self, nat, number, how="masquerade"):
        nat.run("nft", "add table ip nat; add chain ip nat out { type nat hook postrouting priority srcnat; }; "
                       f"add rule ip nat out oifname out {how}")

    def stranger(self, name, number):
        """A host with an address of its own."""
        host = self.lab.host(name)
        self.lab.wire((self.net, f"to{number}"), (host, "eth0"))
        self.net.addresses(f"to{number}", f"198.51.100.{number}/31")
        host.addresses("eth0", f"198.51.100.{number + 1}/31").routes(f"default via 198.51.100.{number}")
        return host

    def start(self, **relay):
        """The relay knows the box as alice, the box the relay as eu, and each is told of the other as operators would."""
        self.start_relay(self.relay, **relay)
        self.box.start_daemon()
        self.lab.defer(self.box.sluice, "cleanup", expect=None)
        self.introduce(self.relay, "eu")
        self.box.apply(box_document(self.way, "eu"))
        return self

    def start_relay(self, relay, **more):
        relay.gateway.start_daemon()
        self.lab.defer(relay.gateway.sluice, "cleanup", expect=None)
        relay.gateway.apply(relay_document(self.way, **more))

    def introduce(self, relay, name):
        relay.add("alice", self.box.sluice("reachability", "key").stdout.strip())
        text = relay.gateway.sluice("relay", "config", "alice").stdout
        (self.box.state / f"relay-{name}.conf").write_text(text, encoding="utf-8")

    def second_relay(self):
        """Farther away, with another subnet; the box knows it as us."""
        other = self.make_relay("relay2", "far", OTHER4, OTHER_NET4, milliseconds=20)
        other.gateway.launcher = OWN_MACHINE
        self.start_relay(other, subnet="10.103.0.0/16", subnet6="fd00:103::/64", ports="43000-43009")
        self.introduce(other, "us")
        return other

    def relays_answer(self):
        eventually("all relays answer", lambda: {row["state"] for row in self.box.show("relays")} == {"up"}, within=30)

    def used(self, name="eu"):
        return next(row for row in self.box.show("relays") if row["name"] == name)

    def is_reached(self):
        eventually("the relay answers", lambda: self.used()["state"] == "up", within=30)
        return self

    def phone(self):
        return Phone(self.box, self.phone_host, "home", "phone", "phone0")


class Firewall:
    """Of the network that the box is in."""

    def __init__(self, site):
        self.nat = site.box_nat

    def close(self):
        self.nat.run("nft", BLOCK)

    def open(self):
        self.nat.run("nft", "delete table inet block", expect=None, quiet=True)

    def cut(self):
        """Also what goes by TCP."""
        self.nat.run("nft", "add chain inet block out { type filter hook forward priority 1; }; "
                            "add rule inet block out tcp dport 443 reject with tcp reset")

    def mend(self):
        self.nat.run("nft", "flush chain inet block out")


def way_of(site):
    used = site.used()
    return used["way"], used["state"]


def goes_over_tls(site):
    eventually("it goes over TLS", lambda: way_of(site) == ("tcp", "up"), within=20)
    return True
