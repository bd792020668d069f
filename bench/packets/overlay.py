# SPDX-License-Identifier: GPL-2.0-or-later
"""The overlay of the VXLAN rows. The inside host's frames are in a tunnel between it and the gateway, on the wire
that they are on otherwise; the flows' addresses lie behind the host's address inside."""

from dataclasses import dataclass

from lab import GATEWAY_IN, INSIDE_HOST, INSIDE_NET, Port, know_neighbour, set_sysctl
from shell import run

VNI, PORT = 7007, 2000   # the port: PLAN_TUNNEL_PORT of bpf/plan.h
DEVICE = "vx"
GATEWAY, HOST = "100.64.0.1", "100.64.0.2"
GATEWAY_MAC, HOST_MAC = "02:00:00:00:03:01", "02:00:00:00:03:02"


@dataclass(frozen=True)
class Tunnel:
    """What the agent is told about it, as the inside host sees it."""
    sums_by_device: bool   # as the kernel leaves outer UDP sums, and a veth never completes them
    vni: int = VNI
    local: str = INSIDE_HOST
    remote: str = GATEWAY_IN
    mac: str = HOST_MAC
    gateway_mac: str = GATEWAY_MAC


def keep_quiet(netns):
    """A tunnel that is made from now on has no link-local address, as the wires have none."""
    set_sysctl(netns, net__ipv6__conf__default__addr_gen_mode=1)


def add_device(netns):
    """As somebody without sluice makes it."""
    run("ip", "link", "add", DEVICE, "address", GATEWAY_MAC, "mtu", 1450, "type", "vxlan",
        "id", VNI, "local", GATEWAY_IN, "dstport", PORT, "nolearning", "udpcsum", netns=netns)
    run("bridge", "fdb", "append", HOST_MAC, "dev", DEVICE, "dst", INSIDE_HOST, netns=netns)
    run("ip", "address", "add", f"{GATEWAY}/24", "dev", DEVICE, netns=netns)
    run("ip", "link", "set", DEVICE, "up", netns=netns)


def interface():
    """The same as an interface of sluice's document."""
    return {"zone": "lan", "addresses": [f"{GATEWAY}/24"],
            "vxlan": {"vni": VNI, "local": GATEWAY_IN, "remotes": [INSIDE_HOST], "port": PORT, "learning": False,
                      "entries": [{"mac": HOST_MAC, "remote": INSIDE_HOST}]}}


def know_inside(netns):
    """The way to the flows' inside addresses leads into the tunnel."""
    know_neighbour(Port(netns, DEVICE, GATEWAY_MAC), HOST, Port("", "", HOST_MAC))
    run("ip", "route", "replace", INSIDE_NET, "via", HOST, netns=netns)
