# SPDX-License-Identifier: GPL-2.0-or-later
"""Tenants that have the very same addresses, each behind a device of the gateway and in a VRF of its own."""

from . import servers

TENANT4, TENANT6 = "10.0.0.5", "fd00:a::5"   # of every tenant's host
TENANT_GATEWAY4, TENANT_GATEWAY6 = "10.0.0.1", "fd00:a::1"
WAN4, WAN6 = "203.0.113.1", "2001:db8:f::1"
OUTSIDE4, OUTSIDE6 = "203.0.113.9", "2001:db8:f::9"
ECHO, WEB = 7000, 8080


def vrf_of(name):
    """A VRF's device has its name, so it is not that of the interface."""
    return f"{name}-net"


def vrf(number):
    """A VRF that uses the main one's way out."""
    routes = [{"to": "0.0.0.0/0", "through": "main"}, {"to": "::/0", "through": "main"}]
    return {"table": 1100 + number, "routes": routes}


def only_of(number, host=5):
    """An address that no other tenant has: 5 is the tenant's host, 1 the gateway."""
    return f"10.{100 + number}.0.{host}"


def only_of6(number, host=5):
    return f"fd00:{100 + number}::{host}"


def plug_in(lab, gateway, name, hook=None):
    """One tenant's host, with servers, behind the gateway's device of that name."""
    host = lab.host(name)
    lab.wire((gateway, name), (host, "eth0"), hook=hook)
    host.addresses("eth0", f"{TENANT4}/24", f"{TENANT6}/64")
    host.routes(f"default via {TENANT_GATEWAY4}", f"default via {TENANT_GATEWAY6}")
    for port in (ECHO, WEB):
        servers.tcp_peer_server(host, port)
        servers.udp_peer_server(host, port)
    return host


class TenantsLab:
    """red, blue, ... -- [gateway] wan -- outside; names are those of devices and zones."""

    def __init__(self, lab, names):
        self.lab, self.names = lab, names
        self.gateway = lab.gateway("gw")
        self.outside = lab.host("outside")
        lab.wire((self.gateway, "wan"), (self.outside, "eth0"))
        self.outside.addresses("eth0", f"{OUTSIDE4}/24", f"{OUTSIDE6}/64")
        # As a hostile neighbour would.
        self.outside.routes(f"10.0.0.0/24 via {WAN4}", f"fd00:a::/64 via {WAN6}")
        for port in (ECHO, 80):
            servers.tcp_peer_server(self.outside, port)
            servers.udp_peer_server(self.outside, port)
        self.tenants = {name: plug_in(lab, self.gateway, name) for name in names}
        for number, host in enumerate(self.tenants.values()):
            host.addresses("eth0", f"{only_of(number)}/24")
            # Deprecated: servers answer by the address that all have.
            host.ip(f"address add {only_of6(number)}/64 dev eth0 nodad preferred_lft 0")

    def document(self, hook="tc"):
        """Each tenant goes out by the same address, and has its web server at a port of its own.

        `hook` may be "nftables", which has none.
        """
        interfaces = {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24", f"{WAN6}/64"]}}
        forwards = []
        for number, name in enumerate(self.names):
            interfaces[name] = {"zone": name, "vrf": vrf_of(name),
                                "addresses": [f"{TENANT_GATEWAY4}/24", f"{TENANT_GATEWAY6}/64",
                                              f"{only_of(number, 1)}/24", f"{only_of6(number, 1)}/64"]}
            for listen, target in ((WAN4, f"{TENANT4}:{WEB}"), (WAN6, f"[{TENANT6}]:{WEB}")):
                forwards.append({"name": f"web-{name}-{len(listen)}", "listen": listen, "protocol": ["tcp", "udp"],
                                 "ports": 8000 + number, "to": target, "vrf": vrf_of(name)})
        if hook and hook != "nftables":
            for row in interfaces.values():
                row["hook"] = hook
        return {
            "version": 1,
            "engine": "nftables" if hook == "nftables" else "ebpf",
            "interfaces": interfaces,
            "vrfs": {vrf_of(name): vrf(number) for number, name in enumerate(self.names)},
            "policies": [{"name": "out", "from": list(self.names), "to": "internet", "action": "accept"},
                         {"name": "ping", "from": list(self.names), "to": "host", "action": "accept",
                          "protocol": ["icmp", "icmpv6"]}],
            "nat": {"masquerade": [{"name": "out", "from": list(self.names), "to": "internet", "family": "both"}],
                    "forwards": forwards},
        }
