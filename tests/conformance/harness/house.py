# SPDX-License-Identifier: GPL-2.0-or-later
"""The house of lab/home.py with a running gateway, shared by all scenarios of one variant."""

import contextlib
import itertools
import json
import socket
from pathlib import Path

from lab import HomeLab, Lab, eventually, servers, snapshot
from lab.connections import Connections
from lab.documents import home
from lab.home import INSIDE4, OUTSIDE4, WAN4

from .counts import Gained
from .documents import DMZ4, ONLY_IN, TENANT4, TENANT6, TENANT_GATEWAY4, TENANT_GATEWAY6
from .explained import identity, revision
from .silence import mark
from .vlans import DEVICES, STATIONS, Trunk

ECHO, ENDLESS, CLOSED = 7000, 9001, 9   # CLOSED: nobody listens there on any host
SERVICES = {   # host: ports with a server of servers.py, for TCP and UDP
    "outside": (ECHO, 23),
    "far": (ECHO,),
    "inside": (8080, 9000, 9003, 30000, 30010),
    "second": (8080, 9000),
    "mail": (25, 26),
    "dmz": (ECHO, 8080),
    "red": (ECHO, 8080),
    "blue": (ECHO, 8080),
    **{name: (ECHO, 8080) for name in STATIONS},
    "gateway": (22, 8000),
}
# Which device of the gateway a host is behind.
BEFORE = {"inside": "lan", "second": "lan", "mail": "lan", "outside": "wan", "dmz": "dmz", "red": "red", "blue": "blue",
          **DEVICES}


class House:
    """Hosts are attributes: inside, second, mail (behind `lan`), outside (before `wan`), far, dmz, red, blue, office, guests,
    customer, gateway.

    The gateway's devices `dmz`, `red`, `blue` and `trunk` are there, and managed where a document names them. The hosts
    behind `red` and `blue` have the very same addresses; office, guests and customer are in VLANs of `trunk`.
    """

    def __init__(self, lab, variant):
        self.lab, self.variant = lab, variant
        self.home = HomeLab(lab, inside_hook=variant.wire_hook("lan"))
        for name in ("inside", "second", "mail", "outside", "far", "gateway"):
            setattr(self, name, getattr(self.home, name))
        self.dmz = self._plug_in_dmz()
        self.red, self.blue = (self._plug_in_tenant(name) for name in ("red", "blue"))
        self.trunk = Trunk(lab, self.gateway, variant.wire_hook("trunk"))
        for name, station in self.trunk.stations.items():
            setattr(self, name, station)
        self.hosts = {name: getattr(self, name) for name in SERVICES}
        self.as_found = self.state()
        self._ports = itertools.count(10001)
        self.file = None   # with the document in force
        self.revision, self.older = None, set()   # of that document, and the flows that are older than it
        self.explained = 0   # flows and dropped packets that `explain` was held against
        self._connections = [Connections(host) for host in self.hosts.values()]
        self._serve()

    @classmethod
    @contextlib.contextmanager
    def of(cls, variant):
        with Lab(variant.wire_hook("wan")) as lab:
            # Where connection tracking is a module, its settings come with it, and stay when sluice goes.
            lab.run("modprobe", "--quiet", "nf_conntrack", expect=None)
            yield cls(lab, variant)

    def state(self):
        """What the gateway's namespace looks like, connection tracking's settings included."""
        folder = Path("/proc/sys/net/netfilter")
        with self.gateway.entered():
            names = [path.name for path in folder.glob("nf_conntrack_*") if path.name != "nf_conntrack_count"]
        settings = {name: self.gateway.sysctl(f"net/netfilter/{name}") for name in names}
        return snapshot.take(self.gateway) | settings

    def _plug_in_dmz(self):
        made = self.lab.host("dmz")
        self.lab.wire((self.gateway, "dmz"), (made, "eth0"), hook=self.variant.wire_hook("dmz"))
        return made.addresses("eth0", f"{DMZ4}/24").routes("default via 172.20.1.1")

    def _plug_in_tenant(self, name):
        """Both networks are those of the other one too, but for what only one of them has."""
        made = self.lab.host(name)
        self.lab.wire((self.gateway, name), (made, "eth0"), hook=self.variant.wire_hook(name))
        made.addresses("eth0", f"{TENANT4}/24", f"{TENANT6}/64", f"{ONLY_IN[name]}/24")
        return made.routes(f"default via {TENANT_GATEWAY4}", f"default via {TENANT_GATEWAY6}")

    def _serve(self):
        for name, ports in SERVICES.items():
            for port in ports:
                servers.tcp_peer_server(self.hosts[name], port)
                servers.udp_peer_server(self.hosts[name], port)
        servers.endless_server(self.outside, ENDLESS)
        servers.endless_server(self.inside, ENDLESS)

    @contextlib.contextmanager
    def scenario(self, change=None):
        """The scenario's document is in force; what it opened is closed at the end."""
        if not self.gateway.daemon or not self.gateway.daemon.running():
            self.gateway.start_daemon()
        with self.lab.part():
            self.apply(change)
            self.home.route_gateway()
            try:
                yield self
            finally:
                self._end_connections()

    def _end_connections(self):
        """A connection that lost its flow would send again and again, into the counters of others."""
        for connections in self._connections:
            connections.end()

    def write(self, change=None):
        """A file with the home as change(document) leaves it."""
        document = home()
        if change:
            change(document)
        return self.gateway.write(json.dumps(self.variant.dressed(document)))

    def apply(self, change=None, expect=0):
        self.file = self.write(change)
        done = self.gateway.sluice("apply", self.file, expect=expect)
        self.revision = revision(self.gateway)
        self.older = {identity(flow) for flow in self.gateway.get("/v1/show/flows")["flows"]}
        return done

    def start_apply(self, change=None):
        """In the background, to see what happens meanwhile."""
        return self.gateway.start_sluice("apply", self.write(change))

    def port(self):
        """A source port that no other scenario uses, and no kernel chooses."""
        return next(self._ports)

    def sniff(self, device):
        """What the gateway sends out of that device, from now on."""
        host, peer = {"lan": (self.home.switch, "gw"), "wan": (self.outside, "eth0"), "dmz": (self.dmz, "eth0"),
                      "red": (self.red, "eth0"), "blue": (self.blue, "eth0"), "trunk": (self.trunk.floor, "eth0"),
                      **{DEVICES[name]: (self.hosts[name], "eth0") for name in STATIONS}}[device]
        return host.sniff(peer)

    def device_before(self, sender):
        return BEFORE[sender]

    def inject(self, sender, *packets):
        """Sends packets made with scapy from that host to the gateway, whatever they claim."""
        mac = self.gateway.mac(BEFORE[sender])
        self.hosts[sender].injector("eth0", mac).send(*packets)

    def gained(self):
        return Gained(self.gateway)

    def sentinel(self, *sniffers):
        """Datagrams of the gateway itself: when they were seen, so was everything that went before them."""
        text = mark()
        sender = self.gateway.socket(kind=socket.SOCK_DGRAM)
        for address in (INSIDE4, OUTSIDE4):
            sender.sendto(text, (address, CLOSED))
        for sniffer in sniffers:
            eventually(f"{sniffer.name} sees the sentinel",
                       lambda seen=sniffer.frames: any(text in frame for frame in list(seen)))

    def route_outside(self, prefix):
        """The outside looks for these addresses at the gateway, while the scenario lasts."""
        self.outside.routes(f"{prefix} via {WAN4}")
        self.lab.defer(self.outside.ip, "route del", prefix, "via", WAN4)

    def forget_neighbours(self, host):
        """Its gateway has another MAC while the scenario lasts, which it would find out by and by."""
        host.ip("neigh flush all")
        self.lab.defer(host.ip, "neigh flush all")

    def set_mtu(self, host, device, mtu):
        """A smaller MTU while the scenario lasts; afterwards nobody remembers it."""
        host.ip("link set", device, "mtu", mtu)
        self.lab.defer(self._forget_mtu)
        self.lab.defer(host.ip, "link set", device, "mtu", 1500)
        eventually("the gateway has followed", self._nothing_is_planned)

    def _nothing_is_planned(self):
        return self.gateway.sluice("plan", "--exit-code", self.file, expect=None).returncode == 0

    def _forget_mtu(self):
        for host in self.hosts.values():
            host.ip("-4 route flush cache")
            host.ip("-6 route flush cache")

    def show(self, what):
        """The rows of `sluice show`."""
        return self.gateway.show(what)
