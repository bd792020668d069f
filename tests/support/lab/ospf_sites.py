# SPDX-License-Identifier: GPL-2.0-or-later
"""Sites of an l3vpn network that speak OSPF with the gateway. Their routers are FRR's, as docs/networks.md has them."""

from . import bgp_sites
from .bgp_sites import MOST, PREFIXES, Site
from .home import INSIDE4
from .wait import eventually


def endpoint(name, **changes):
    return {"type": "cpe", "routes": list(PREFIXES[name]), "maximum_prefixes": MOST} | changes


def with_ospf(document, *names, **changes):
    """`changes` are of berlin."""
    return document | {"networks": {"sites": {
        "type": "l3vpn", "expected_users": 6, "resources": [f"{INSIDE4}/32"], "routing": "ospf",
        "endpoints": {name: endpoint(name, **(changes if name == "berlin" else {})) for name in names}}}}


def has_route(home, prefix, there=True):
    """An LSA follows the last one after five seconds at the earliest."""
    bgp_sites.has_route(home, prefix, there, within=60)


class OspfSite(Site):
    daemon = "ospfd"

    def open_tunnel(self):
        """OSPFv2 has no IPv6."""
        super().open_tunnel()
        self.router.ip("route add 2001:db8::/32 dev", self.tunnel.device)

    def config(self):
        return f"""
interface {self.tunnel.device}
 ip ospf area 0
 ip ospf network point-to-point
 ip ospf mtu-ignore
exit
interface lan
 ip ospf area 0
 ip ospf passive
exit
router ospf
 timers throttle lsa all 0
exit
"""

    def has_state(self, state="full"):
        eventually(f"{self.name} is {state}", lambda: self.row()["routing_state"] == state, within=60)
        return self

    def announce(self, *prefixes, undo=False):
        """Prefixes of its LAN."""
        for prefix in prefixes:
            address = prefix.replace(".0/", ".1/")
            self.router.ip("address", "del" if undo else "add", address, "dev lan")

    def routes(self):
        """Prefixes that its ospfd knows."""
        return set(self.frr.json("show ip ospf route"))

    def knows(self, *prefixes):
        eventually(f"{self.name} knows {prefixes}", lambda: set(prefixes) <= self.routes(), within=30)

    def calls_itself(self, number):
        self.frr.configure("router ospf", f"ospf router-id {number}" if number else "no ospf router-id")
        self.frr.ask("clear ip ospf process")
