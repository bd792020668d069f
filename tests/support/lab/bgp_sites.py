# SPDX-License-Identifier: GPL-2.0-or-later
"""Sites of an l3vpn network that speak BGP with the gateway: hosts, a router with stock wg-quick and FRR, the document."""

import json

from . import servers
from .frr import FrrRouter
from .home import INSIDE4
from .phones import Phone
from .wait import eventually

GATEWAY4, GATEWAY6, ASN = "10.100.0.1", "fd00:100::1", 65001
PREFIXES = {"berlin": ("10.2.0.0/16", "2001:db8:2::/48"), "paris": ("10.3.0.0/16", "2001:db8:3::/48"),
            "rome": ("10.4.0.0/16", "2001:db8:4::/48")}
ASNS = {"berlin": 65010, "paris": ASN, "rome": 65010}   # two of their own, and one that is the gateway's
MOST = 5   # prefixes
OWN = {"10.100.0.0/29", f"{INSIDE4}/32"}   # the gateway's


def endpoint(name, **changes):
    asn = {} if ASNS[name] == ASN else {"asn": ASNS[name]}
    return {"type": "cpe", "routes": list(PREFIXES[name]), "maximum_prefixes": MOST} | asn | changes


def with_sites(document, *names, **changes):
    """`changes` are of berlin."""
    return document | {"networks": {"sites": {
        "type": "l3vpn", "expected_users": 6, "resources": [f"{INSIDE4}/32"], "routing": {"bgp": {"asn": ASN}},
        "endpoints": {name: endpoint(name, **(changes if name == "berlin" else {})) for name in names}}}}


class Site:
    """host -- lan [router: wg-quick, FRR] eth0 -- the provider."""

    daemon = "bgpd"

    def __init__(self, home, name, number):
        self.gateway, self.name = home.gateway, name
        net4, net6 = PREFIXES[name][0].split(".0.0/")[0], PREFIXES[name][1].split("::/")[0]
        self.host4, self.lan4, self.lan6 = f"{net4}.0.9", f"{net4}.0.0/24", f"{net6}::/64"
        self.router, self.host = home.neighbour(name, number), home.lab.host(f"{name}-host")
        home.lab.wire((self.router, "lan"), (self.host, "eth0"))
        self.router.addresses("lan", f"{net4}.0.1/24", f"{net6}::1/64")
        for path in ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"):
            self.router.sysctl(path, "1")
        self.host.addresses("eth0", f"{net4}.0.9/24", f"{net6}::9/64").routes(f"default via {net4}.0.1", f"default via {net6}::1")
        servers.tcp_peer_server(self.host, 8000)
        self.tunnel = Phone(home.gateway, self.router, "sites", name, f"{name}0")
        self.open_tunnel()
        self.frr = FrrRouter(self.router, self.config(), self.daemon)

    def open_tunnel(self):
        """Routes are FRR's: wg-quick makes none (`Table = off`), but to the gateway itself."""
        text = self.tunnel.take_config().replace("[Interface]", "[Interface]\nTable = off")
        self.tunnel.file.write_text(text, encoding="utf-8")
        self.router.run("wg-quick", "up", self.tunnel.file)
        self.router.lab.defer(self.tunnel.down, None)
        self.router.run("wg", "set", self.tunnel.device, "peer",
                        self.router.run("wg", "show", self.tunnel.device, "peers").stdout.strip(), "allowed-ips", "0.0.0.0/0,::/0")
        for address in (GATEWAY4, GATEWAY6):
            self.router.ip("route add", address, "dev", self.tunnel.device)

    def config(self):
        """As docs/networks.md says it."""
        asn, own6 = ASNS[self.name], next(address for address in self.tunnel.addresses() if ":" in address)
        external = "" if asn == ASN else f" neighbor {GATEWAY4} disable-connected-check\n neighbor {GATEWAY6} disable-connected-check\n"
        return f"""
router bgp {asn}
 no bgp ebgp-requires-policy
 no bgp network import-check
 no bgp default ipv4-unicast
 neighbor {GATEWAY4} remote-as {ASN}
 neighbor {GATEWAY4} timers connect 2
 neighbor {GATEWAY6} remote-as {ASN}
 neighbor {GATEWAY6} timers connect 2
 neighbor {GATEWAY6} update-source {own6}
{external} address-family ipv4 unicast
  neighbor {GATEWAY4} activate
  network {self.lan4}
 exit-address-family
 address-family ipv6 unicast
  neighbor {GATEWAY6} activate
  network {self.lan6}
 exit-address-family
"""

    def announce(self, *prefixes, undo=""):
        for prefix in prefixes:
            self.frr.configure(f"router bgp {ASNS[self.name]}", "address-family ipv4 unicast",
                               f"{undo} network {prefix}")

    def withdraw(self, *prefixes):
        self.announce(*prefixes, undo="no")

    def row(self):
        return self.tunnel.row()

    def is_established(self):
        eventually(f"{self.name} has a session", lambda: self.row()["routing_state"] == "established", within=30)
        return self

    def knows(self, *prefixes, family="ipv4"):
        eventually(f"{self.name} knows {prefixes}", lambda: set(prefixes) <= self.frr.routes(family), within=20)


def kernel_routes(home):
    """Of the network's table, that lead into the tunnel."""
    return {row["dst"] for row in json.loads(home.gateway.ip("-json route show table all").stdout)
            if row.get("dev") == "wg-sites" and row.get("type", "unicast") == "unicast"}


def has_route(home, prefix, there=True, within=10):
    eventually(f"route to {prefix}: {there}", lambda: (prefix in kernel_routes(home)) == there, within=within)
