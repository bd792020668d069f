# SPDX-License-Identifier: GPL-2.0-or-later
"""Places of a LAN that goes through tunnels: routers that use the exported configuration as it is, by stock wg-quick, with a host
plugged in. And what a LAN is asked: who sees a frame, and how often.
"""

import os

from . import servers
from .phones import Phone
from .wait import eventually

MARKED = 0x88B5   # local experimental EtherType (IEEE 802)
BROADCAST = "ff:ff:ff:ff:ff:ff"
HEADERS = 18   # bytes, with a tag


class Plug:
    """A host with an address of the LAN, at a device of the gateway that a network attaches."""

    def __init__(self, lab, gateway, device, address):
        self.host = lab.host(f"plug-{device}")
        lab.wire((gateway, device), (self.host, "eth0"))
        settle(self.host, address)


class Place:
    """host -- lan [router, wg-quick] eth0 -- the provider: the router puts `lan` into the bridge that PostUp has made."""

    def __init__(self, home, network, name, number, address, vlans=()):
        self.home, self.network, self.name = home, network, name
        self.router, self.host = home.neighbour(name, number), home.lab.host(f"{name}-host")
        home.lab.wire((self.router, "lan"), (self.host, "eth0"))
        self.tunnel = Phone(home.gateway, self.router, network, name, f"{name}0")
        self.bridge, self.vlans = f"br-{network}", vlans
        self.up()
        settle(self.host, address)

    def up(self):
        self.tunnel.up()
        self.router.ip("link set lan up master", self.bridge)
        for vlan in self.vlans:
            self.router.run("bridge", "vlan", "add", "dev", "lan", "vid", vlan)
        return self

    def is_heard(self):
        self.tunnel.has_state("active")


def settle(host, address):
    host.sysctl("net/ipv6/conf/eth0/disable_ipv6", "1")   # it would speak by itself, and frames are counted
    host.ip("link set eth0 up")
    if address:
        host.addresses("eth0", f"{address}/24")
        servers.tcp_peer_server(host, 8000)


def marked(host, size=100, to=BROADCAST, source=None, tags=b"", device="eth0"):
    """A frame that is neither IP nor like any other: its packet has `size` bytes."""
    addresses = bytes.fromhex((to + (source or host.mac(device))).replace(":", ""))
    return addresses + tags + MARKED.to_bytes(2, "big") + os.urandom(size)


def tag(vlan):
    return b"\x81\x00" + vlan.to_bytes(2, "big")


def send(host, *frames, device="eth0"):
    injector = host.injector(device, BROADCAST)
    for frame in frames:
        injector.send_frame(frame)


def times_seen(sniffer, frame):
    """Whatever tag it has by then: the kernel keeps it apart from what a sniffer gets."""
    sniffer.catch_up()
    return sum(frame[HEADERS:] in seen for seen in list(sniffer.frames))


def wait_for(sniffer, *frames):
    for frame in frames:
        eventually(f"{sniffer.name} sees the frame", lambda one=frame: times_seen(sniffer, one) > 0, within=8.0)
