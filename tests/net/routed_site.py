# SPDX-License-Identifier: GPL-2.0-or-later
"""Gateways that are one to everybody else (pair_site.py) where routers are between: FRR, which finds the active one by BGP. Nobody could find its addresses by ARP."""

from lab import eventually
from lab.frr import FrrRouter
from pair_site import CLIENT4, CLIENT6, OUTSIDE4, OUTSIDE6, WAN4, PairSite

ASN, OUTER, INNER = 65001, 65000, 65010
NEXT4, NEXT6, INSIDE6 = "192.0.2.9", "2001:db8:e::9", "2001:db8:10::/64"   # the outer router's towards the gateways
POOL = "198.51.100.8-198.51.100.11"
NETS = {"wan": ("192.0.2", "2001:db8:e:"), "lan": ("192.168.10", "2001:db8:10:")}


def neighbour(address, asn, *announce):
    return {"address": address, "asn": asn, **({"announce": list(announce)} if announce else {})}


NEIGHBOURS = [neighbour(NEXT4, OUTER), neighbour(NEXT6, OUTER, INSIDE6), neighbour(CLIENT4, INNER, "0.0.0.0/0"), neighbour(CLIENT6, INNER, "::/0")]


class RoutedSite(PairSite):
    """The hosts of the other site are routers themselves: outside one of a provider, inside one of a network."""

    def be_hosts(self):
        self.outside.addresses("wire", f"{NEXT4}/24", f"{NEXT6}/64", f"{OUTSIDE4}/32", f"{OUTSIDE6}/128")
        self.client.addresses("wire", f"{CLIENT4}/24", f"{CLIENT6}/64")

    def own(self, name, shared):
        """What the node has there itself, of each family."""
        number = list(self.gateways).index(name) + 11
        net4, net6 = NETS[shared]
        return f"{net4}.{number}", f"{net6}:{number}"

    def document(self, name="gw1", neighbours=None, **more):
        made = super().document(name, **({"own": False, "sync": True} | more))
        made["interfaces"][self.device(name, "wan")]["addresses"] = [f"{WAN4}/32"]
        del made["interfaces"][self.device(name, "lan")]["addresses"]
        made["nat"]["masquerade"][0]["addresses"] = [POOL]
        made["cluster"]["addresses"] = {"by": "bgp", "asn": ASN, "neighbors": neighbours or NEIGHBOURS}
        for node, own in made["cluster"]["nodes"].items():
            for shared in NETS:
                ipv4, ipv6 = self.own(node, shared)
                own["interfaces"][shared]["addresses"] = [f"{ipv4}/24", f"{ipv6}/64"]
        return made

    def start(self, **more):
        self.routers = {host: FrrRouter(host, self.config(asn, shared))
                        for host, asn, shared in ((self.outside, OUTER, "wan"), (self.client, INNER, "lan"))}
        super().start(**more)
        for gateway in self.gateways.values():
            gateway.routes(f"default via {NEXT4}", f"default via {NEXT6}")

    def config(self, asn, shared):
        """It would tell the gateways of a way out as well."""
        lines = [f"router bgp {asn}", " no bgp ebgp-requires-policy", " no bgp default ipv4-unicast"]
        families = [[], []]
        for name in self.gateways:
            for family, address in zip(families, self.own(name, shared), strict=True):
                lines += [f" neighbor {address} remote-as {ASN}", f" neighbor {address} timers connect 2"]
                family += [f"  neighbor {address} activate", f"  neighbor {address} default-originate"]
        for word, family in zip(("ipv4", "ipv6"), families, strict=True):
            lines += [f" address-family {word} unicast", *family, " exit-address-family"]
        if shared == "wan":   # a server of datagrams answers from there, where it was asked
            lines += ["route-map from permit 1", f" set src {OUTSIDE4}", "exit", "ip protocol bgp route-map from"]
        return "\n".join(lines) + "\n"

    def holds(self, name, address=f"{WAN4}/32"):
        return self.gateways[name].has_address(self.device(name, "wan"), address)

    def paths(self, host, family="ipv4"):
        """{prefix: {next hop: metric}}, of all that the router was told."""
        routes = self.routers[host].json(f"show bgp {family} unicast")["routes"]
        return {prefix: {path["peerId"]: path.get("metric", 0) for path in paths} for prefix, paths in routes.items()}

    def way(self, host, prefix, family=4):
        """The next hop that its kernel has."""
        words = host.ip(f"-{family} route show {prefix}").stdout.split()
        return words[words.index("via") + 1] if "via" in words else None

    def leads_to(self, name):
        """Each router sends what is for the gateway to this node, in both families."""
        wan4, wan6 = self.own(name, "wan")
        lan4, lan6 = self.own(name, "lan")
        return (self.way(self.outside, WAN4), self.way(self.outside, INSIDE6, 6), self.way(self.client, "default"),
                self.way(self.client, "default", 6)) == (wan4, wan6, lan4, lan6)

    def settle_routers(self):
        """Each node speaks with all of them, and they send what is for the gateway to the active one."""
        for name in self.gateways:
            eventually(f"{name} speaks with all", lambda name=name: set(self.sessions_of(name).values()) == {"established"}, within=30)
        eventually("routers know the active one", lambda: self.leads_to(self.active()), within=20)

    def settle_all(self):
        """The nodes, the routers around them, and what nodes know of flows."""
        self.settle()
        self.settle_routers()
        eventually("the other nodes have all", self.is_told)

    def sessions_of(self, name):
        return {row["address"]: row["state"] for row in self.status(name)["routers"]["sessions"]}
