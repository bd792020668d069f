# SPDX-License-Identifier: GPL-2.0-or-later
"""What a host's namespace looks like, to prove that a cleanup leaves it as it was found."""

import difflib
import json
import socket
from pathlib import Path

from . import tcx
from .wait import eventually

COMMANDS = (
    "ip -brief addr show",
    "ip rule show",
    "ip -6 rule show",
    "tc qdisc show",
    "nft list ruleset",
)
SYSCTLS = ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding")
PER_DEVICE = ("net/ipv4/conf/{}/forwarding", "net/ipv4/conf/{}/rp_filter", "net/ipv6/conf/{}/forwarding",
              "net/ipv6/conf/{}/accept_ra", "net/ipv4/conf/{}/send_redirects", "net/ipv4/conf/{}/accept_redirects",
              "net/ipv4/conf/{}/secure_redirects", "net/ipv6/conf/{}/accept_redirects", "net/ipv4/conf/{}/arp_ignore",
              "net/ipv4/conf/{}/arp_announce")


def devices(host):
    with host.entered():
        return sorted(path.name for path in Path("/proc/sys/net/ipv4/conf").iterdir())


def is_settled(host):
    """The kernel says that a device with a carrier is up, and gives it an address, as much as a second later where many devices change."""
    links = json.loads(host.run("ip", "-json", "link", "show").stdout)
    return not any("LOWER_UP" in link["flags"] and link["operstate"] == "DOWN" for link in links)


def take(host):
    """A dictionary that compares equal when nothing that sluice touches has changed."""
    eventually("what is known of the links is true", lambda: is_settled(host))
    state = {command: host.run(*command.split()).stdout for command in COMMANDS}
    paths = [*SYSCTLS, *(pattern.format(device) for pattern in PER_DEVICE for device in devices(host))]
    with host.entered():   # a device that speaks no IPv6 (gre0) has no such settings
        there = [path for path in paths if (Path("/proc/sys") / path).exists()]
    state.update((path, host.sysctl(path)) for path in there)
    state["programs"] = "\n".join(f"{device} {sorted(numbers)}" for device, numbers in programs(host).items())
    return state


def differences(before, after):
    """Lines that came or went, each with the command that shows it."""
    return [f"{name}: {line}" for name in sorted(before.keys() | after.keys())
            for line in difflib.ndiff(before.get(name, "").splitlines(), after.get(name, "").splitlines())
            if line[0] in "+-"]


def programs(host):
    """{device: numbers} of the BPF programs at tc hooks, whichever way they are attached."""
    with host.entered():
        found = {name: set() for _, name in socket.if_nameindex()}
    for row in json.loads(host.run("bpftool", "-j", "net", "show").stdout)[0]["tc"]:
        found[row["devname"]].add(row["id"])
    for device, numbers in found.items():
        numbers.update(*(tcx.programs(host, device, side) for side in tcx.SIDES))
    return found


def filters(host, device):
    """The tc filters on a device, as tc shows them."""
    return "".join(host.run("tc", "filter", "show", "dev", device, side, expect=None).stdout
                   for side in ("ingress", "egress"))
