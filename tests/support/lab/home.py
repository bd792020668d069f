# SPDX-License-Identifier: GPL-2.0-or-later
"""The house of config/examples/home.json: inside hosts on one LAN, the gateway, the provider, the world."""

OUTSIDE4, OUTSIDE6 = "203.0.113.9", "2001:db8:f::9"
OTHER_OUTSIDE4, OTHER_OUTSIDE6 = "203.0.113.10", "2001:db8:f::10"
WAN4, WAN6 = "203.0.113.1", "2001:db8:f::1"
LAN4, LAN6 = "192.168.10.1", "2001:db8:10::1"
INSIDE4, INSIDE6 = "192.168.10.2", "2001:db8:10::2"
SECOND4, SECOND6 = "192.168.10.3", "2001:db8:10::3"
MAIL4, MAIL6 = "192.168.10.5", "2001:db8:10::5"
MAIL_OUTSIDE4 = "203.0.113.5"   # what the static mapping of the mail host is seen as
FAR4, FAR6 = "198.51.100.7", "2001:db8:fa::7"


class HomeLab:
    """inside, second, mail -- (switch) -- lan [gateway] wan -- outside -- far

    The gateway gets no address from the lab: the document gives them. `outside` has routes to the
    inside networks by way of the gateway, as a hostile neighbour would. `inside_hook` is for a gateway
    that has another hook on `lan` than on `wan`.
    """

    def __init__(self, lab, outside_mtu=1500, inside_hook=None):
        self.lab, self.inside_hook = lab, inside_hook
        self.gateway = lab.gateway("gw")
        self.switch = lab.host("switch")
        self.inside, self.second, self.mail = lab.host("inside"), lab.host("second"), lab.host("mail")
        self.outside, self.far = lab.host("outside"), lab.host("far")
        self._build_inside()
        self._build_outside(outside_mtu)

    def _build_inside(self):
        self.switch.sysctl("net/ipv6/conf/default/disable_ipv6", "1")
        self.switch.ip("link add br0 type bridge mcast_snooping 0")
        self.switch.ip("link set br0 up")
        self._wire_inside((self.gateway, "lan"), (self.switch, "gw"))
        self.switch.ip("link set gw master br0")
        for host, address4, address6 in ((self.inside, INSIDE4, INSIDE6), (self.second, SECOND4, SECOND6),
                                         (self.mail, MAIL4, MAIL6)):
            self._wire_inside((host, "eth0"), (self.switch, host.name))
            self.switch.ip("link set", host.name, "master br0")
            host.addresses("eth0", f"{address4}/24", f"{address6}/64")
            host.routes(f"default via {LAN4}", f"default via {LAN6}")

    def _wire_inside(self, one, other):
        self.lab.wire(one, other, hook=self.inside_hook)

    def _build_outside(self, mtu):
        self.lab.wire((self.gateway, "wan"), (self.outside, "eth0"), mtu)
        self.lab.wire((self.outside, "eth1"), (self.far, "eth0"))
        self.outside.addresses("eth0", f"{OUTSIDE4}/24", f"{OTHER_OUTSIDE4}/24", f"{OUTSIDE6}/64")
        # Never chosen by the kernel itself, so that routers' answers come from the first address.
        self.outside.ip("addr add", f"{OTHER_OUTSIDE6}/64", "dev eth0 nodad preferred_lft 0")
        self.outside.addresses("eth1", "198.51.100.1/24", "2001:db8:fa::1/64")
        self.outside.routes(f"192.168.10.0/24 via {WAN4}", f"{MAIL_OUTSIDE4} via {WAN4}",
                            f"2001:db8:10::/64 via {WAN6}")
        for path in ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"):
            self.outside.sysctl(path, "1")
        self.far.addresses("eth0", f"{FAR4}/24", f"{FAR6}/64")
        self.far.routes("default via 198.51.100.1", "default via 2001:db8:fa::1")
        self.route_gateway()

    def neighbour(self, name, number):
        """Another host of the provider's, in a network of its own: 192.0.NUMBER.7."""
        host, device, network = self.lab.host(name), f"to{number}", f"192.0.{number}"
        self.lab.wire((self.outside, device), (host, "eth0"))
        self.outside.addresses(device, f"{network}.1/24")
        host.addresses("eth0", f"{network}.7/24").routes(f"default via {network}.1")
        return host

    def route_gateway(self):
        """Again after the last address left `wan`, because the kernel then removes the device's routes."""
        lines = [f"route replace {to} via {via} dev wan onlink\n" for to, via in (("0.0.0.0/0", OUTSIDE4), ("::/0", OUTSIDE6))]
        self.lab.run("ip", "-n", self.gateway.namespace, "-batch", "-", stdin="".join(lines))
