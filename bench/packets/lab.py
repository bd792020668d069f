# SPDX-License-Identifier: GPL-2.0-or-later
"""A lab is an inside host, a gateway and an outside host in three network namespaces:

    inside host0 -- in0 gateway out0 -- host0 outside

Its addresses are of one family (addresses.py). The neighbours are permanent: the hosts drop what they receive.
"""

from dataclasses import dataclass

from addresses import IPV4
from shell import run


@dataclass(frozen=True)
class Port:
    netns: str
    device: str
    mac: str


class Lab:
    def __init__(self, name, direct=False, addresses=IPV4):
        self.name = name
        self.addresses = addresses
        self.direct = direct
        self.inside = Port(self._namespace("inside"), "host0", "02:00:00:00:01:02")
        self.outside = Port(self._namespace("outside"), "host0", "02:00:00:00:02:02")
        if direct:
            self.gateway_in, self.gateway_out = self.outside, self.inside
            wire(self.inside, self.outside)
        else:
            gateway = self._namespace("gateway")
            self.gateway_in = Port(gateway, "in0", "02:00:00:00:01:01")
            self.gateway_out = Port(gateway, "out0", "02:00:00:00:02:01")
            wire(self.inside, self.gateway_in)
            wire(self.outside, self.gateway_out)
            self._address()

    @property
    def gateway(self):
        return self.gateway_in.netns

    def _namespace(self, role):
        name = f"{self.name}-{role}"
        run("ip", "netns", "add", name)
        path = f"/run/netns/{name}"
        run("ip", "link", "set", "lo", "up", netns=path)
        return path

    def _address(self):
        at = self.addresses
        for host, address, port, way in ((self.inside, at.inside_host, self.gateway_in, at.gateway_in),
                                         (self.outside, at.outside_host, self.gateway_out, at.gateway_out)):
            give_address(host, address, at)
            give_address(port, way, at)
            know_neighbour(host, way, port)
            know_neighbour(port, address, host)
        add_route(self.inside.netns, "default", at.gateway_in)
        # Where nothing is translated the outside host answers to inside addresses.
        for prefix in (at.inside_net, at.inside_link):
            add_route(self.outside.netns, prefix, at.gateway_out)
        add_route(self.gateway, at.inside_net, at.inside_host)
        add_route(self.gateway, "default", at.outside_host)

    def leave_inside_to_gateway(self):
        """Whose document says where the inside address is."""
        run("ip", "address", "flush", "dev", self.gateway_in.device, netns=self.gateway)

    def know_inside_by(self, device):
        know_neighbour(Port(self.gateway, device, self.gateway_in.mac), self.addresses.inside_host, self.inside)

    def ready_for_packets(self):
        """As live frames want it: no partial checksums from the hosts, and NAPI on the gateway's devices,
        which veth has only with GRO or an XDP program."""
        for host in (self.inside, self.outside):
            run("ethtool", "-K", host.device, "tx", "off", netns=host.netns)
        if not self.direct:
            for port in (self.gateway_in, self.gateway_out):
                run("ethtool", "-K", port.device, "gro", "on", netns=port.netns)

    def remove(self):
        for role in ("inside", "outside") + (() if self.direct else ("gateway",)):
            run("ip", "netns", "delete", f"{self.name}-{role}")


def wire(one, other):
    """One queue each: a sink that counts without atomics must run on one core at a time."""
    queues = ("numrxqueues", "1", "numtxqueues", "1")
    run("ip", "link", "add", one.device, "netns", netns_name(one), "address", one.mac, *queues,
        "type", "veth",
        "peer", "name", other.device, "netns", netns_name(other), "address", other.mac, *queues)
    for port in (one, other):
        # Without link-local addresses nothing is sent that could carry a device's NAPI instance to another
        # core, where it would stay as long as packets keep coming.
        run("ip", "link", "set", port.device, "addrgenmode", "none", netns=port.netns)
        run("ip", "link", "set", port.device, "up", netns=port.netns)


def netns_name(port):
    return port.netns.rsplit("/", 1)[1]


def give_address(port, address, addresses):
    run("ip", "address", "add", f"{address}/{addresses.length}", "dev", port.device, *addresses.at_once,
        netns=port.netns)


def know_neighbour(port, address, neighbour):
    run("ip", "neighbour", "replace", address, "lladdr", neighbour.mac, "dev", port.device,
        "nud", "permanent", netns=port.netns)


def add_route(netns, prefix, via):
    run("ip", "route", "add", prefix, "via", via, netns=netns)


def set_sysctl(netns, **values):
    for key, value in values.items():
        run("sysctl", "-q", "-w", f"{key.replace('__', '/')}={value}", netns=netns)
