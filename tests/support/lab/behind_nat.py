# SPDX-License-Identifier: GPL-2.0-or-later
"""A box at home behind somebody else's router, perhaps behind a carrier's NAT as well, and the world."""

from .helper_process import process_of
from .phones import own_runtime_directory
from .stun_server import StunServer
from .wait import eventually

BOX4, ROUTER4, NEIGHBOUR4 = "192.168.1.2", "192.168.1.1", "192.168.1.3"
SECOND_BOX4 = "192.168.1.20"
BOX6, ROUTER6 = "2001:db8:1::2", "fe80::1"
OUTSIDE4 = "203.0.113.1"       # of the router, or of the carrier
SHARED4 = "100.64.7.2"         # of the router behind a carrier (RFC 6598)
STUN4, OTHER_STUN4, STRANGER4 = "198.51.100.7", "198.51.100.8", "198.51.100.9"
PORT = 51820

# Chains of their own are for miniupnpd, by the names that it gives them.
NAT = """
table inet home {
  chain miniupnpd {}
  chain prerouting_miniupnpd {}
  chain postrouting_miniupnpd {}
  chain pre { type nat hook prerouting priority dstnat; jump prerouting_miniupnpd; }
  chain post { type nat hook postrouting priority srcnat; jump postrouting_miniupnpd; oifname "wan" masquerade; }
  chain forward { type filter hook forward priority filter; policy drop; iifname "lan" accept; ct state established,related accept; ct status dnat accept; jump miniupnpd; }
  chain input { type filter hook input priority filter; iifname "wan" ct state new drop; }
}
"""


class BehindNat:
    """box wan0 -- (switch) -- lan [router] wan -- world, or with a carrier in between. A neighbour is in the box's network.

    `router`: "sluice", or "host" for a plain one. `outside`: of who faces the world.
    """

    def __init__(self, lab, router="host", carrier=False, outside=OUTSIDE4):
        self.lab, self.has_carrier, self.outside = lab, carrier, outside
        self.box = lab.gateway("box")
        self.switch = lab.host("switch")
        self.neighbour = lab.host("neighbour")
        self.router = lab.gateway("router") if router == "sluice" else lab.host("router")
        self.world = lab.host("world")
        self._build_home()
        self._build_world()
        self.stun = StunServer(self.world, STUN4, OTHER_STUN4)

    def _build_home(self):
        self.switch.ip("link add br0 type bridge mcast_snooping 0")
        self.switch.ip("link set br0 up")
        for host, device in ((self.box, "wan0"), (self.router, "lan"), (self.neighbour, "eth0")):
            self.lab.wire((host, device), (self.switch, host.name))
            self.switch.ip("link set", host.name, "master br0")
        self.lab.wire((self.box, "lan"), (self.lab.host("inside"), "eth0"))
        self.box.addresses("wan0", f"{BOX4}/24")
        self.box.routes(f"default via {ROUTER4}")
        self.neighbour.addresses("eth0", f"{NEIGHBOUR4}/24").routes(f"default via {ROUTER4}")
        self.router.addresses("lan", f"{ROUTER4}/24")

    def _build_world(self):
        if not self.has_carrier:
            self._wire_outside(self.router)
            return
        carrier = self.lab.host("carrier")
        self.lab.wire((self.router, "wan"), (carrier, "lan"))
        carrier.addresses("lan", "100.64.7.1/24")
        self.router.addresses("wan", f"{SHARED4}/24").routes("default via 100.64.7.1")
        self._wire_outside(carrier)
        make_nat(carrier)

    def _wire_outside(self, host):
        self.lab.wire((host, "wan"), (self.world, "eth0"))
        world = self.outside.rsplit(".", 1)[0] + ".9"
        host.addresses("wan", f"{self.outside}/24").routes(f"default via {world}")
        self.world.addresses("eth0", f"{world}/24")
        self.world.addresses("lo", *(f"{address}/32" for address in (STUN4, OTHER_STUN4, STRANGER4)))

    def status(self):
        return self.box.get("/v1/device/status")

    def helper(self, name="reach"):
        """The process of the box's daemon that does this; None: there is none."""
        return process_of(self.box, name)


def make_nat(host):
    """A NAT of nftables alone: what comes by `lan` is masqueraded at `wan`."""
    host.sysctl("net/ipv4/ip_forward", "1")
    host.run("nft", "-f", "-", stdin=NAT)


def start_miniupnpd(host, outside):
    """On a router with make_nat(). It gives ports to its own clients alone, and only where its outside address looks public."""
    config = host.lab.directory / f"miniupnpd-{host.name}.conf"
    config.write_text("ext_ifname=wan\nlistening_ip=lan\nenable_natpmp=yes\nenable_upnp=yes\nsecure_mode=yes\nsystem_uptime=no\n"
                      "upnp_table_name=home\nupnp_nat_table_name=home\nuuid=50eb140f-912b-48d5-b786-e9eeb8a98ccf\n"
                      f"ext_ip={outside}\nallow 1024-65535 0.0.0.0/0 1024-65535\n", encoding="ascii")
    return host.start("/usr/sbin/miniupnpd", "-d", "-f", config, "-P", host.lab.directory / f"miniupnpd-{host.name}.pid")


def box_document(engine="ebpf", hook="tc", network="home", **reachability):
    made = {
        "version": 1,
        "engine": engine,
        "interfaces": {
            "wan0": {"zone": "internet"},
            "lan": {"zone": "lan", "addresses": ["10.77.0.1/24"]},
        },
        "policies": [{"name": "out", "from": "lan", "to": "internet", "action": "accept"}],
        "nat": {"masquerade": [{"name": "out", "from": "lan", "to": "internet"}]},
        "networks": {network: {"type": "secure-internet", "port": PORT, "endpoints": {"phone": {"type": "mobile"}}}},
        "reachability": {"interface": "wan0", "stun": [STUN4], **reachability},
    }
    if engine == "ebpf":
        for row in made["interfaces"].values():
            row["hook"] = hook
    return made


def router_document(**more):
    return {
        "version": 1,
        "interfaces": {
            "wan": {"zone": "internet"},
            "lan": {"zone": "lan"},
        },
        "policies": [{"name": "out", "from": "lan", "to": "internet", "action": "accept"}],
        "nat": {"masquerade": [{"name": "out", "from": "lan", "to": "internet"}]},
        "mapping_requests": {"from": "lan", **more},
    }


def box_that_is_reached(lab, **reachability):
    """Behind a router that runs sluice and gives it its port."""
    own_runtime_directory()
    made = BehindNat(lab, router="sluice")
    made.router.start_daemon()
    made.router.apply(router_document())
    made.box.start_daemon()
    lab.defer(made.box.sluice, "cleanup", expect=None)
    made.box.apply(box_document(**reachability))
    eventually("strangers get through", lambda: made.status()["path"] == "direct", within=20)
    return made
