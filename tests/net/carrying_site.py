# SPDX-License-Identifier: GPL-2.0-or-later
"""Gateways behind routers (routed_site.py) that all carry: routers lead packets to each of them, one flow's out by one and back by another one."""

from lab import eventually
from pair_site import OUTSIDE4, WAN4
from routed_site import INSIDE6, NETS, RoutedSite

ROUTER = "169.254.0.1/32"   # what the node that leads has on the link of the nodes
PUBLIC4 = (f"{WAN4}/32", "198.51.100.8/30")


class CarryingSite(RoutedSite):
    def be_hosts(self):
        """Routers that choose a way for each flow, and not for each pair of hosts."""
        super().be_hosts()
        for host in (self.outside, self.client):
            for family in ("ipv4", "ipv6"):
                host.sysctl(f"net/{family}/fib_multipath_hash_policy", "1")

    def document(self, name="gw1", **more):
        made = super().document(name, **more)
        made["cluster"]["role"] = "active-active"
        return made

    def config(self, asn, shared):
        """It spreads what it sends over all ways that are alike."""
        lines = super().config(asn, shared).splitlines()
        at = [number for number, line in enumerate(lines) if line.startswith(" address-family")]
        for number in reversed(at):
            lines.insert(number + 1, "  maximum-paths 4")
        return "\n".join(lines) + "\n"

    def holds(self, name, address=ROUTER):
        return self.gateways[name].has_address("sync0", address)

    def is_settled(self):
        rows = [self.status(name)["nodes"] for name in self.gateways]
        told = [{row["node"]: row["role"] for row in nodes} for nodes in rows]
        true = {name: "active" if self.holds(name) else "carrying" for name in self.gateways}
        return all(row["in_step"] for nodes in rows for row in nodes) and all(one == true for one in told) and list(true.values()).count("active") == 1

    def settle_routers(self):
        for name in self.gateways:
            eventually(f"{name} speaks with all", lambda name=name: set(self.sessions_of(name).values()) == {"established"}, within=30)
        eventually("routers know all of them", lambda: self.next_hops() == [set(self.gateways)] * 4, within=30)

    def settle_all(self):
        super().settle_all()
        eventually("nothing is wrong with a node", lambda: not [row for row in self.status(self.active())["nodes"] if row["hindered"]])

    def next_hops(self):
        """The nodes that each router sends to, of each family."""
        return [self._nodes(host, prefix, shared, family) for host, prefix, shared, family in
                ((self.outside, PUBLIC4[1], "wan", 4), (self.outside, INSIDE6, "wan", 6), (self.client, "default", "lan", 4), (self.client, "default", "lan", 6))]

    def _nodes(self, host, prefix, shared, family):
        words = host.ip(f"-{family} route show {prefix} proto bgp").stdout.split()
        return {name for name in self.gateways if self.own(name, shared)[family == 6] in words}

    def lead(self, inwards=None, outwards=None):
        """What is for inside comes in by this node alone, and what is for outside goes out by that one; None: as routers spread it."""
        for host, shared, prefixes, name in ((self.outside, "wan", (*PUBLIC4, INSIDE6), inwards), (self.client, "lan", ("0.0.0.0/0", "::/0"), outwards)):
            for prefix in prefixes:
                family = 6 if ":" in prefix else 4
                host.run("ip", f"-{family}", "route", "del", prefix, "metric", "5", expect=None)
                if name:
                    source = f" src {OUTSIDE4}" if shared == "wan" and family == 4 else ""
                    host.ip(f"-{family} route add {prefix} via {self.own(name, shared)[family == 6]} metric 5{source}")

    def other(self, name):
        return next(one for one in self.gateways if one != name)

    def carried(self, name):
        """Packets that this node has sent on, by interface of the shared document."""
        rows = self.gateways[name].show("interfaces")
        return {shared: next(row["forwarded_packets"] for row in rows if row["name"] == self.device(name, shared)) for shared in NETS}
