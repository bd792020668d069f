# SPDX-License-Identifier: GPL-2.0-or-later
"""A gateway with two documents that differ in much, and what the machine looks like under each."""

import collections
import json
import os
import re
import socket
from pathlib import Path

from documents import forward, policy
from lab import clients, servers, snapshot
from lab.documents import masquerade
from lab.phones import own_runtime_directory

WAN4, OUTSIDE4, LAN4, INSIDE4, DMZ4 = "203.0.113.1", "203.0.113.9", "192.168.10.1", "192.168.10.2", "172.20.0.1"
WEB, TCP, UDP = 80, 7000, 7001
OTHERS = 5   # points of each change that is not between the two documents
# What is another each time that a device or a table is made.
VARIES = [(r"fe80::[0-9a-f:]+", "fe80::"), (r"counter packets \d+ bytes \d+", "counter"), (r"\{[^{}]*fe80[^{}]*\}", "{ sources }"),
          (r"(mark[^\n]*?) 0x[0-9a-f/]+( \| 0x[0-9a-f]+)?", r"\1"), (r"(ct mark set ct mark)[^\n]*?( goto|$)", r"\1\2"),
          (r"^(\S+ +)(UP|UNKNOWN) +", r"\1up "), (r"generation \d+ ", ""), (r"refuses/\d+", "refuses/"), (r"(?<![A-Za-z0-9+/])if\d+", "if")]   # not within a key


def first(engine):
    """Under both, `lan` goes out and the forward "web" leads in; all else is another's."""
    return {
        "version": 1,
        "engine": engine,
        "interfaces": {
            "wan": {"zone": "internet", "addresses": [f"{WAN4}/24"]},
            "lan": {"zone": "lan", "addresses": [f"{LAN4}/24", "2001:db8:10::1/64"]},
            "dmz": {"zone": "dmz", "addresses": [f"{DMZ4}/24"]},
            "red": {"zone": "red", "addresses": ["172.21.0.1/24"]},
            "br7": {"bridge": {"members": []}, "zone": "guests", "addresses": ["172.22.7.1/24"]},
            "vx7": {"vxlan": {"vni": 7007, "local": WAN4, "remotes": [OUTSIDE4]}, "zone": "site", "addresses": ["10.70.0.1/24"]},
            "trunk": {"zone": "office"},
            **vlan(engine, "staff", 10),
        },
        "sets": {"admins": ["203.0.113.0/28"], "servers": [INSIDE4]},
        "policies": [
            policy("no-mail", "lan", "internet", "reject", protocol="tcp", ports=25),
            policy("lan-out", ["lan", "red", "guests"], "internet"),
            policy("ssh", "internet", "host", source="admins", protocol="tcp", ports=22),
        ],
        "limits": [{"name": "guests", "from": "guests", "key": "source", "rate": "20mbit"}],
        "nat": {"masquerade": [masquerade("out", ["lan", "red", "guests"], "internet")],
                "forwards": [forward("web", WAN4, WEB, f"{INSIDE4}:8080"),
                             forward("mail", WAN4, 25, f"{INSIDE4}:25", source="admins")]},
        "networks": {
            "home": network("secure-internet", "phone", "laptop", internet="internet"),
            "shop": network("remote-resource", "supplier", resources=[f"{INSIDE4}/32"]),
        },
    }


def second(engine):
    document = first(engine)
    for name in ("br7", "vx7", "staff", "dmz"):
        document["interfaces"].pop(name, None)
    document["interfaces"] |= {
        "lan": {"zone": "lan", "addresses": [f"{LAN4}/24", "192.168.11.1/24"]},
        "red": {"zone": "red", "vrf": "tenant", "addresses": ["172.21.0.1/24"]},
        "br8": {"bridge": {"members": ["dmz"]}, "zone": "dmz", "addresses": [f"{DMZ4}/24"]},
        "vx8": {"vxlan": {"vni": 8008, "local": WAN4, "remotes": [OUTSIDE4]}, "zone": "site", "addresses": ["10.80.0.1/24"]},
        **vlan(engine, "desk", 20),
    }
    return document | {
        "vrfs": {"tenant": {"table": 1042, "routes": [{"to": "0.0.0.0/0", "through": "main"}]}},
        "sets": {"partners": ["198.51.100.0/24", OUTSIDE4]},
        "policies": [
            policy("lan-out", ["lan", "red"], "internet"),
            policy("dmz-web", "lan", "dmz", protocol="tcp", ports=[80, 443]),
            policy("partners-ping", "internet", "host", source="partners", protocol="icmp"),
        ],
        "limits": [{"name": "lan", "from": "lan", "key": "source", "rate": "500mbit"},
                   {"name": "red", "from": "red", "key": "source", "rate": "10mbit"}],
        "nat": {"masquerade": [masquerade("lan", "lan", "internet"), masquerade("red", "red", "internet")],
                "forwards": [forward("range", WAN4, "30000-30010", INSIDE4, protocol=["tcp", "udp"]),
                             forward("web", WAN4, WEB, f"{INSIDE4}:8080")]},
        "networks": {
            "home": network("secure-internet", "phone", "tablet", "watch", internet="internet"),
            "plant": network("remote-resource", "robot", resources=[f"{INSIDE4}/32"]),
        },
    }


def vlan(engine, name, number):
    """Of the tags on `trunk`, which eBPF reads itself; for nftables the kernel would have to."""
    if engine == "nftables":
        return {}
    return {name: {"vlan": {"parent": "trunk", "id": number}, "zone": "guests", "addresses": [f"192.168.{100 + number}.1/24"]}}


def network(kind, *endpoints, **more):
    return {"type": kind, "expected_users": 6, "endpoint": f"{WAN4}:51820",
            "endpoints": {name: {"type": "mobile"} for name in endpoints}} | more


class KillSite:
    """inside -- lan [gateway] wan -- outside, and more devices of the gateway that lead to a third host."""

    def __init__(self, lab, engine):
        own_runtime_directory()
        self.lab, self.engine = lab, engine
        self.gateway, self.inside, self.outside = lab.gateway(), lab.host("inside"), lab.host("outside")
        others = lab.host("others")
        lab.wire((self.gateway, "lan"), (self.inside, "eth0"))
        lab.wire((self.gateway, "wan"), (self.outside, "eth0"))
        for device in ("dmz", "red", "trunk"):
            lab.wire((self.gateway, device), (others, device))
        self.inside.addresses("eth0", f"{INSIDE4}/24").routes(f"default via {LAN4}")
        self.outside.addresses("eth0", f"{OUTSIDE4}/24")
        servers.tcp_peer_server(self.outside, TCP)
        servers.udp_peer_server(self.outside, UDP)
        servers.tcp_peer_server(self.inside, 8080)
        self.files = {name: self.gateway.write(make(engine)) for name, make in (("first", first), ("second", second))}
        self.pristine = snapshot.take(self.gateway)
        lab.defer(self.gateway.cleanup, expect=None)   # sockets of tunnels lie where the next lab's do

    @property
    def copy(self):
        return self.gateway.state.with_name(self.gateway.state.name + "-copy")

    def open_flows(self):
        self.session = clients.EchoedConnection(self.inside, OUTSIDE4, TCP, source=("", 48000))
        self.visit = clients.EchoedConnection(self.outside, WAN4, WEB)
        self.datagrams = self.inside.socket(kind=socket.SOCK_DGRAM)
        self.datagrams.connect((OUTSIDE4, UDP))
        self.seen_as = self.datagram()

    def datagram(self):
        self.datagrams.send(b"who am I?")
        return self.datagrams.recv(100)

    def flows_live(self, word):
        assert self.session.says(word) and self.visit.says(word), "an established connection ended"
        assert self.datagram() == self.seen_as, "the datagrams' flow got another port"
        return True

    def looks(self):
        """What is in the kernel and in the state folder; the same after any two applies of one document."""
        seen = snapshot.take(self.gateway) | {
            "nft list ruleset": self.gateway.run("nft", "--terse", "list", "ruleset", quiet=True).stdout,
            "programs": "\n".join(f"{device} {len(numbers)}" for device, numbers in snapshot.programs(self.gateway).items()),
            "routes": self.routes(),
            "links": "\n".join(sorted(map(self.link, self.devices()))),
            "tunnels": self.tunnels(),
            "pins": "\n".join(sorted(str(pin.relative_to(self.gateway.pins)) for pin in self.gateway.pins.rglob("*"))),
            "files": "\n".join(self.state_files()),
            "networks": self.gateway.sluice("show", "networks", "-o", "json").stdout,
            "resolved": self.gateway.sluice("export", "--resolved").stdout,
        }
        return {name: steady(text) for name, text in seen.items()}

    def devices(self):
        return json.loads(self.gateway.run("ip", "-j", "-d", "link", "show", quiet=True).stdout)

    def link(self, row):
        info = row.get("linkinfo", {})
        told = {key: info.get("info_data", {}).get(key) for key in ("id", "remote", "local", "port", "vlan_filtering")}
        return json.dumps([row["ifname"], row.get("master"), row["mtu"], "UP" in row["flags"], row.get("ifalias"),
                           info.get("info_kind"), told])

    def routes(self):
        shown = [self.gateway.run("ip", family, "route", "show", "table", "all", quiet=True).stdout for family in ("-4", "-6")]
        return "\n".join(sorted(line.strip() for text in shown for line in text.splitlines()))

    def tunnels(self):
        """Who runs, and who may speak to it."""
        running = sorted(words[1] for words in command_lines() if Path(words[0]).name == "wireguard-go" and len(words) > 1)
        sockets = sorted(path.name for path in Path("/run/wireguard").iterdir())
        shown = self.gateway.run("wg", "show", "all", "allowed-ips", quiet=True).stdout
        keys = self.gateway.run("wg", "show", "all", "private-key", quiet=True).stdout
        return "\n".join([f"runs: {name}" for name in running] + [f"socket: {name}" for name in sockets]
                         + sorted(shown.splitlines()) + sorted(keys.splitlines()))

    def state_files(self):
        """With what is in keys; databases say the same elsewhere."""
        for folder in (self.gateway.state, self.copy):
            for file in sorted(folder.rglob("*")):
                content = file.read_text(encoding="ascii").strip() if file.suffix == ".key" else ""
                yield f"{file.relative_to(self.lab.directory)} {content}"


def steady(text):
    for pattern, instead in VARIES:
        text = re.sub(pattern, instead, text, flags=re.MULTILINE)
    return "\n".join(sorted(text.splitlines()))


def command_lines():
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if words[0] and int(process.name) != os.getpid():
                yield words
        except OSError:
            continue   # it ended while we looked


def assert_same(expected, seen):
    different = snapshot.differences(expected, seen)
    assert not different, "\n".join(different)
    return True


class Tally:
    """What was hit, and what was missed on the way to it."""

    def __init__(self, site):
        self.site, self.before, self.missed = site, collections.Counter(), 0

    def add(self, watched, answered):
        call = watched.killed_before()
        if call and not answered:
            self.before[call] += 1
        else:
            self.missed += 1
        return call and not answered

    def hits(self, points):
        """Each point; a lower one as long as it is missed, because on a busy machine fewer changes come before the answer than
        were counted. So each of them proves something in the end.
        """
        for at in points:
            while True:
                missed = self.missed
                yield at
                if self.missed == missed:
                    break
                assert at > 1, "even the first change is not met"
                at //= 2

    def proves_something(self):
        told = f"{sum(self.before.values())} kills hit, {self.missed} missed: {dict(self.before)}"
        self.site.lab.log.say(told)
        print(told)
        assert self.before
