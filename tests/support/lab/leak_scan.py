# SPDX-License-Identifier: GPL-2.0-or-later
"""Four networks and a LAN, in which everybody sends everything to everybody, and whoever hears of it."""

import struct
import sys
from pathlib import Path
from typing import NamedTuple

from . import marked
from .ears import Ears
from .home import INSIDE4, INSIDE6, LAN4, LAN6, OUTSIDE4, OUTSIDE6, SECOND4, SECOND6, WAN4, WAN6
from .phones import Phone, home_with_servers
from .wait import eventually

ROUNDS = Path(__file__).with_name("rounds.py")
SITES = {"berlin": ("10.2.0.9", "2001:db8:2::9"), "paris": ("10.3.0.9", "2001:db8:3::9")}   # who is behind each
ENDPOINTS = {"phone": "home", "laptop": "home", "visitor": "guests", "tourist": "guests", "supplier": "shop",
             "berlin": "company", "paris": "company"}
FIRST_PORT = 20000   # of the senders, in their order
EVERYBODY = {   # nobody's address: it must come out nowhere
    "all-hosts": ("224.0.0.1", "ff02::1"), "mdns": ("224.0.0.251", "ff02::fb"), "broadcast": ("255.255.255.255", "ff05::2"),
    "zero": ("0.0.0.0", "::"), "loopback": ("127.0.0.1", "::1"), "groups": ("239.1.2.3", "ff0e::1:3")}


def networks(guests_talk=False, supplier="50mbit", tourist=True, guests=True):
    """`supplier`: the maximum of its bandwidth; the others say who takes part."""
    mobile = {"type": "mobile"}
    document = {
        "home": {"type": "secure-internet", "expected_users": 6, "endpoints": {"phone": mobile, "laptop": mobile}},
        "guests": {"type": "secure-internet", "expected_users": 6, "peers_may_talk": guests_talk,
                   "endpoints": {"visitor": mobile, "tourist": {"type": "mobile", "disabled": not tourist}}},
        "shop": {"type": "remote-resource", "expected_users": 2, "resources": [INSIDE4, INSIDE6],
                 "endpoints": {"supplier": {"type": "mobile", "bandwidth": {"maximum": supplier}}}},
        "company": {"type": "l3vpn", "expected_users": 6, "resources": [INSIDE4, INSIDE6], "endpoints": {
            name: {"type": "cpe", "routes": [f"{four.removesuffix('.9')}.0/24", f"{six.removesuffix('9')}/64"]}
            for name, (four, six) in SITES.items()}}}
    return document if guests else {name: network for name, network in document.items() if name != "guests"}


class Lie(NamedTuple):
    """A source that is not the sender's own, in both families."""

    name: str
    addresses: tuple


class Scan:
    """`ears` hear at every endpoint, at hosts of the LAN, outside, and at the gateway: `gateway` is what it takes for itself,
    `arrived` is all that comes out of its tunnels, before it is judged."""

    def __init__(self, lab, document):
        self.lab, self.document = lab, document
        self.home = home_with_servers(lab, document | {"networks": networks()})
        self.gateway = self.home.gateway
        self.phones = {name: self._connected(number, name, network) for number, (name, network) in enumerate(ENDPOINTS.items(), 2)}
        self.home.outside.routes(f"10.0.0.0/8 via {WAN4}", f"fd00::/8 via {WAN6}", f"2001:db8:2::/63 via {WAN6}")
        self.targets = self._targets()
        self.ears = Ears(lab)
        for name, phone in self.phones.items():
            self.ears.at_device(name, phone.host, phone.device)
        for name in ("inside", "second", "outside"):
            self.ears.at_device(name, getattr(self.home, name), "eth0")
        self.ears.of_host("gateway", self.gateway)
        self.listen_at_tunnels(*(f"wg-{name}" for name in networks()))

    def apply(self, engine=None, without=None, **changes):
        """The document with another engine, without a policy, or with other networks."""
        made = self.document | {"networks": networks(**changes), "engine": engine or self.document["engine"],
                                "policies": [row for row in self.document["policies"] if row["name"] != without]}
        if made["engine"] == "nftables":
            made["interfaces"] = {name: {key: value for key, value in row.items() if key != "hook"}
                                  for name, row in made["interfaces"].items()}
        self.gateway.apply(made)

    def listen_at_tunnels(self, *devices):
        for device in devices:
            self.ears.at_device("arrived", self.gateway, device)

    def _connected(self, number, name, network):
        phone = Phone(self.gateway, self.home.neighbour(name, number), network, name, f"{name}0").up()
        self.be_hostile(phone)
        return phone

    def reconnect(self, name):
        """Its peer was away: it would notice that in a quarter of a minute."""
        phone = self.phones[name]
        phone.down()
        phone.host.run("wg-quick", "up", phone.file)
        self.be_hostile(phone)
        self.ears.at_device(name, phone.host, phone.device)

    def let_everything_pass(self, name):
        """At the gateway, behind its back: any source that no other peer has."""
        phone = self.phones[name]
        key = phone.host.run("wg", "show", phone.device, "public-key").stdout.strip()
        four, six = phone.addresses()
        allowed = ["0.0.0.0/0", "::/0", four, six, *SITES.get(name, ())]
        self.gateway.run("wg", "set", f"wg-{phone.network}", "peer", key, "allowed-ips", ",".join(allowed))

    @staticmethod
    def be_hostile(phone):
        """AllowedIPs of a client are its own to change."""
        key = phone.host.run("wg", "show", phone.device, "peers").stdout.strip()
        phone.host.run("wg", "set", phone.device, "peer", key, "allowed-ips", "0.0.0.0/0,::/0")

    def _targets(self):
        """(IPv4, IPv6) by name."""
        rows = {row["name"]: row for row in self.gateway.show("networks")}
        found = {"inside": (INSIDE4, INSIDE6), "second": (SECOND4, SECOND6), "gw-lan": (LAN4, LAN6), "gw-wan": (WAN4, WAN6),
                 "outside": (OUTSIDE4, OUTSIDE6)}
        for name, row in rows.items():
            four, six = row["subnet"].split("/")[0], row["subnet6"].split("/")[0]
            start, last = four.rsplit(".", 1)
            found[f"gw-{name}"] = (f"{start}.{int(last) + 1}", f"{six}1")
            size = 1 << 32 - int(row["subnet"].split("/")[1])
            found[f"all-{name}"] = (f"{start}.{int(last) + size - 1}", f"{six}ffff")
        for name, phone in self.phones.items():
            found[name] = tuple(phone.addresses())
        for name, behind in SITES.items():
            found[f"behind-{name}"] = behind
        return found | EVERYBODY

    def targets_of(self, sender):
        """All but its own address and the wire that it is on."""
        near = {"inside": ("second",), "outside": ()}.get(sender, ())
        return [name for name in self.targets if name not in (sender, *near)]

    def marked(self, phase, sender, lies=(), targets=None):
        """(mark, packet) of everything that it has to send."""
        middle = self.targets[f"gw-{ENDPOINTS[sender]}" if sender in ENDPOINTS else "gw-lan" if sender == "inside" else "gw-wan"]
        port = FIRST_PORT + (*ENDPOINTS, "inside", "outside").index(sender)
        sources = [("own", self.targets[sender], marked.KINDS), *((lie.name, lie.addresses, marked.PLAIN) for lie in lies)]
        for source, addresses, kinds in sources:
            for target in targets or self.targets_of(sender):
                for family in (0, 1):
                    mark = marked.Mark(phase, sender, target, "46"[family], "", source)
                    ends = marked.Ends.of(addresses[family], self.targets[target][family], middle[family], port)
                    for kind in kinds:
                        for packet in marked.packets([kind], ends, mark):
                            yield mark._replace(kind=kind), packet

    def send(self, phase, sender, **what):
        """Starts it; answers the process and what it sends."""
        everything = list(self.marked(phase, sender, **what))
        file = self.lab.directory / f"{sender}-{phase}.packets"
        file.write_bytes(b"".join(struct.pack("!I", len(packet)) + packet for _, packet in everything))
        host, device, mac = self._place(sender)
        return host.start(sys.executable, "-B", ROUNDS, device, file, *mac), {mark for mark, _ in everything}

    def _place(self, sender):
        if sender in self.phones:
            return self.phones[sender].host, self.phones[sender].device, ()
        return getattr(self.home, sender), "eth0", (self.gateway.mac("lan" if sender == "inside" else "wan"),)

    def phase(self, name, meanwhile=lambda: None, required=(), senders=(*ENDPOINTS, "inside", "outside"), lies={}, arrives=True):
        """Everybody sends while something happens, and until all of it has arrived at the gateway, and at (receiver, mark) of
        `required`."""
        started = {sender: self.send(name, sender, lies=lies.get(sender, ())) for sender in senders}
        try:
            meanwhile()
            self.wait_for(name, started, required, arrives)
        finally:
            for process, _ in started.values():
                process.end()

    def wait_for_marks(self, name, required):
        """That each of these has been heard in this phase."""
        wanted = self._by_receiver(name, required)

        def nothing_is_missing():
            self.ears.catch_up()
            left = [f"{text.decode()} at {receiver}" for receiver, texts in wanted.items() for text in self.ears.lacks(receiver, texts)]
            assert not left, f"{len(left)} were not heard: {'; '.join(sorted(left)[:5])}"
            return True

        eventually(f"what may pass in phase {name} does", nothing_is_missing, within=40)

    @staticmethod
    def _by_receiver(phase, required):
        wanted = {}
        for receiver, mark in required:
            wanted.setdefault(receiver, set()).add(mark._replace(phase=phase).text())
        return wanted

    def wait_for(self, name, started, required, arrives):
        sent = {mark for sender, (_, marks) in started.items() if sender in ENDPOINTS and arrives for mark in marks}
        self.wait_for_marks(name, [*required, *(("arrived", mark) for mark in sent)])
