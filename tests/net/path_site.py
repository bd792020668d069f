# SPDX-License-Identifier: GPL-2.0-or-later
"""Two gateways with a tunnel between them, each behind a NAT of somebody else's, and the relay by which the one calls the other."""

import json

from lab import clients, eventually, servers
from lab.stun_server import StunServer
from relay_site import HUB4, INSIDE4, OWN_MACHINE, RELAY4, RelaySite, box_document, by

STUN4, OTHER_STUN4 = "198.51.100.7", "198.51.100.8"
BRANCH_INSIDE4, BRANCH_LAN4 = "192.168.30.2", "192.168.30.1"
BOX, BRANCH = 12, 22   # whose NAT
RANDOM = "masquerade random,fully-random"   # by nftables: each destination gets another port


def without_comments(text):
    return json.loads("\n".join(line for line in text.splitlines() if not line.lstrip().startswith("//")))


FIREWALL6 = ("add table ip6 firewall; add chain ip6 firewall way { type filter hook forward priority 0; policy drop; }; "
             "add rule ip6 firewall way iifname in accept; add rule ip6 firewall way ct state established,related accept")


class Between:
    """The way between two NATs, without the relay."""

    def __init__(self, site):
        self.net = site.net

    def close(self):
        self.net.run("nft", "add table inet between; add chain inet between way { type filter hook forward priority 0; }; "
                            "add rule inet between way ip saddr 192.0.2.0/24 ip daddr 192.0.2.0/24 drop; "
                            "add rule inet between way iifname to12 oifname to22 drop; add rule inet between way iifname to22 oifname to12 drop")

    def open(self):
        self.net.run("nft", "delete table inet between", expect=None, quiet=True)


class PathSite(RelaySite):
    """inside -- lan [box] wan -- [NAT 12] -- net -- [relay]; net -- [NAT 22] -- wan [branch] lan -- branch-inside. The branch calls."""

    def __init__(self, lab, way, nats=None):
        """`nats`: by BOX and BRANCH: RANDOM, or what a masquerade of sluice says; without: nftables keeps the port where it can."""
        self.nats, self.relays = nats or {}, ("eu",)
        super().__init__(lab, way)
        self.net.addresses("lo", f"{STUN4}/32", f"{OTHER_STUN4}/32")
        self.stun = StunServer(self.net, STUN4, OTHER_STUN4)
        self.branch, self.branch_inside = lab.gateway("branch"), lab.host("branch-inside")
        self.branch.launcher = OWN_MACHINE
        self.branch_nat = self.behind_nat(self.branch, "wan", BRANCH)
        lab.wire((self.branch, "lan"), (self.branch_inside, "eth0"))
        self.branch_inside.addresses("eth0", f"{BRANCH_INSIDE4}/24").routes(f"default via {BRANCH_LAN4}")
        servers.endless_server(self.branch_inside, 9000)

    def is_sluice(self, number):
        return isinstance(self.nats.get(number), dict)

    def nat_host(self, number):
        return self.lab.gateway(f"nat{number}") if self.is_sluice(number) else super().nat_host(number)

    def translate(self, nat, number, how="masquerade"):
        if not self.is_sluice(number):
            super().translate(nat, number, self.nats.get(number, how))
            return
        nat.start_daemon()
        self.lab.defer(nat.sluice, "cleanup", expect=None)
        nat.apply({"version": 1, "interfaces": {"out": {"zone": "internet"}, "in": {"zone": "lan"}},
                   "policies": [{"name": "out", "from": "lan", "to": "internet", "action": "accept"}],
                   "nat": {"masquerade": [{"name": "out", "from": "lan", "to": "internet", **self.nats[number]}]}})

    def open_ipv6(self):
        """Both have a global address behind a firewall that lets in answers alone."""
        for gateway, nat, number in ((self.box, self.box_nat, BOX), (self.branch, self.branch_nat, BRANCH)):
            nat.run("nft", FIREWALL6)
            gateway.addresses("wan", f"2001:db8:{number}1::2/64").routes(f"default via 2001:db8:{number}1::1")

    def reachability(self, **more):
        return {"interface": "wan", "port_mapping": [], "stun": [STUN4], **more}

    def box_document(self):
        document = box_document(self.way, *self.relays)
        document["networks"] = {"company": {"type": "l3vpn", "routes": ["192.168.10.0/24"],
                                            "endpoints": {"branch": {"type": "gateway", "routes": ["192.168.30.0/24"]}}}}
        document["reachability"] = self.reachability(relays=document["reachability"]["relays"])
        return document

    def meet(self, **relay):
        """As operators would have them: the box prints what the branch puts into its document."""
        self.start_relay(self.relay, **relay)
        self.box.start_daemon()
        self.lab.defer(self.box.sluice, "cleanup", expect=None)
        self.introduce(self.relay, "eu")
        self.box.apply(self.box_document())
        self.is_reached()
        file, keys = self.lab.directory / "company.json", self.branch.state / "keys"
        self.box.sluice("endpoint", "config", "company", "branch", "--sluice", "-O", file)
        keys.mkdir(parents=True, exist_ok=True)
        (keys / "company.key").write_bytes(file.with_suffix(".key").read_bytes())
        self.branch.start_daemon()
        self.lab.defer(self.branch.sluice, "cleanup", expect=None)
        self.part = without_comments(file.read_text(encoding="utf-8"))
        self.branch.apply(self.branch_document())
        eventually("the sites meet", lambda: self.reaches(), within=30)
        return self

    def branch_document(self, **reachability):
        return by(self.way, {
            "version": 1,
            "interfaces": {"wan": {"zone": "internet"}, "lan": {"zone": "lan", "addresses": [f"{BRANCH_LAN4}/24"]}},
            "reachability": self.reachability(**reachability),
        }) | {"networks": self.part["networks"]}

    def reaches(self):
        return clients.ping(self.branch_inside, INSIDE4, expect=None, wait=1).returncode == 0

    def paths(self):
        """As the branch and the box say."""
        return tuple(host.json("reachability", "status")["wireguard"]["peers"][0]["path"] for host in (self.branch, self.box))

    def endpoint(self):
        """Where the branch sends."""
        return self.branch.json("reachability", "status")["wireguard"]["peers"][0]["endpoint"]

    def ends(self):
        """Where the branch and the box send."""
        rows = [host.json("reachability", "status")["wireguard"]["peers"][0] for host in (self.branch, self.box)]
        return [row["endpoint"].rpartition(":")[0] for row in rows]

    def takes(self, path, within=30):
        eventually(f"both say {path}", lambda: set(self.paths()) == {path}, within=within)
        ends = [RELAY4, HUB4] if path == "relay" else ["192.0.2.13", "192.0.2.23"]
        eventually(f"both send to {ends}", lambda: self.ends() == ends, within=10)
        return self
