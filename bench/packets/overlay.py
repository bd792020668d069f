# SPDX-License-Identifier: GPL-2.0-or-later
"""The overlay of the VXLAN rows. The inside host's frames are in a tunnel between it and the gateway, on the wire
that they are on otherwise; the flows' addresses lie behind the host's address inside."""

from dataclasses import dataclass

from addresses import IPV4
from lab import Port, know_neighbour, set_sysctl
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
    local: str = IPV4.inside_host
    remote: str = IPV4.gateway_in
    mac: str = HOST_MAC
    gateway_mac: str = GATEWAY_MAC


def keep_quiet(netns):
    """A tunnel that is made from now on has no link-local address, as the wires have none."""
    set_sysctl(netns, net__ipv6__conf__default__addr_gen_mode=1)


def add_device(netns):
    """As somebody without sluice makes it."""
    run("ip", "link", "add", DEVICE, "address", GATEWAY_MAC, "mtu", 1450, "type", "vxlan",
        "id", VNI, "local", IPV4.gateway_in, "dstport", PORT, "nolearning", "udpcsum", netns=netns)
    run("bridge", "fdb", "append", HOST_MAC, "dev", DEVICE, "dst", IPV4.inside_host, netns=netns)
    run("ip", "address", "add", f"{GATEWAY}/24", "dev", DEVICE, netns=netns)
    run("ip", "link", "set", DEVICE, "up", netns=netns)


def interface():
    """The same as an interface of sluice's document."""
    return {"zone": "lan", "addresses": [f"{GATEWAY}/24"],
            "vxlan": {"vni": VNI, "local": IPV4.gateway_in, "remotes": [IPV4.inside_host], "port": PORT, "learning": False,
                      "entries": [{"mac": HOST_MAC, "remote": IPV4.inside_host}]}}


def know_inside(netns):
    """The way to the flows' inside addresses leads into the tunnel."""
    know_neighbour(Port(netns, DEVICE, GATEWAY_MAC), HOST, Port("", "", HOST_MAC))
    run("ip", "route", "replace", IPV4.inside_net, "via", HOST, netns=netns)
