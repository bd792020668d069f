# SPDX-License-Identifier: GPL-2.0-or-later
"""Two sites with a tunnel between them: sluice at one end, at the other what a test puts there."""

import json

from . import servers

WAN4, REMOTE4, STRANGER4 = "203.0.113.1", "203.0.113.7", "203.0.113.9"
WAN6, REMOTE6, STRANGER6 = "2001:db8:f::1", "2001:db8:f::7", "2001:db8:f::9"
INSIDE4, SITE4, TUNNEL4 = "192.168.10.2", "10.70.0.7", "10.70.0.1"   # TUNNEL4: the gateway's in the tunnel
VNI, PORT = 7007, 4789
WAYS = {"tc": ("ebpf", "tc"), "xdp": ("ebpf", "xdp"), "nftables": ("nftables", "tc")}   # engine and hook
ROOM, ROOM6 = 1450, 1430   # what outer packets of IPv4 and of IPv6 leave of 1500 bytes


def by(way, document):
    """The document, with this engine, and its hook where packets come in."""
    engine, hook = way
    if engine == "ebpf":
        for device in ("wan", "lan"):
            document["interfaces"][device]["hook"] = hook
    return document | {"engine": engine}


class Sites:
    """inside -- lan [gateway] wan -- (switch) -- remote and stranger

    Another class makes the remote's addresses and its end of the tunnel, a device `vx`.
    """

    def __init__(self, lab, way):
        number = len(lab.hosts)
        self.lab, self.way = lab, way
        self.gateway, self.switch = lab.gateway(f"gw{number}"), lab.host(f"sw{number}")
        self.inside = lab.host(f"in{number}")
        self.remote, self.stranger = lab.host(f"re{number}"), lab.host(f"st{number}")
        lab.wire((self.gateway, "lan"), (self.inside, "eth0"))
        self.inside.addresses("eth0", f"{INSIDE4}/24").routes("default via 192.168.10.1")
        self.switch.ip("link add br0 up type bridge mcast_snooping 0")
        for host, device, port in ((self.gateway, "wan", "gw"), (self.remote, "eth0", "re"), (self.stranger, "eth0", "st")):
            lab.wire((host, device), (self.switch, port))
            self.switch.ip("link set", port, "master br0")
        self.stranger.addresses("eth0", f"{STRANGER4}/24", f"{STRANGER6}/64")
        for host, port in ((self.inside, 8080), (self.remote, 8080), (self.stranger, 7000)):
            servers.tcp_peer_server(host, port)
        servers.endless_server(self.remote, 9000)

    def live_in(self, host, address):
        """The tunnel's device of a host is up: its address there, and what is reached through it."""
        host.addresses("vx", f"{address}/24").routes(f"192.168.10.0/24 via {TUNNEL4}")
        if host is not self.stranger:
            host.routes(f"{STRANGER4} via {TUNNEL4}")

    def carried_by_kernel(self):
        """Packets that the kernel's device has brought in and out."""
        counts = json.loads(self.gateway.ip("-json -statistics link show vx7").stdout)[0]["stats64"]
        return counts["rx"]["packets"] + counts["tx"]["packets"]

    def received(self, device):
        return next(row["rx_packets"] for row in self.gateway.show("interfaces") if row["name"] == device)

    def link(self, device):
        links = json.loads(self.gateway.ip("-json -details link show").stdout)
        return next((link for link in links if link["ifname"] == device), {})

    def places(self, device):
        """(MAC, remote) of what the device was told by hand."""
        rows = json.loads(self.gateway.run("bridge", "-json", "fdb", "show", "dev", device).stdout)
        return {(row["mac"], row["dst"]) for row in rows if row["state"] == "permanent" and "dst" in row}
