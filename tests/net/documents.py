# SPDX-License-Identifier: GPL-2.0-or-later
"""Documents that the net tests apply, as Python values. Each call answers a fresh one to change."""

from lab import documents
from lab.documents import forward, policy
from lab.sites import INSIDE4, REMOTE4, SITE4, TUNNEL4, VNI, WAN4, WAN6


def interface(zone, hook, *addresses):
    return {"zone": zone, "hook": hook, "addresses": list(addresses)}


def home(hook):
    """The house, with the hook of its interfaces and two more ways to forward: by other ports, and by an interface's name."""
    document = documents.home()
    for row in document["interfaces"].values():
        row["hook"] = hook
    document["nat"]["forwards"][2:2] = [
        forward("shifted", "203.0.113.1", "31000-31003", "192.168.10.2:9000", protocol=["tcp", "udp"])]
    document["nat"]["forwards"][4:4] = [forward("named", "wan", 8444, "192.168.10.2:8080")]
    return document


def without_policy(document, name):
    document["policies"] = [row for row in document["policies"] if row["name"] != name]
    return document


def without_forward(document, name):
    document["nat"]["forwards"] = [row for row in document["nat"]["forwards"] if row["name"] != name]
    return document


def carried_by(engine, hook="tc"):
    """The home with its engine named; only eBPF has hooks to choose from."""
    document = {**home(hook), "engine": engine}
    if engine == "nftables":
        for row in document["interfaces"].values():
            del row["hook"]
    return document


def two_sites(local=WAN4, remote=REMOTE4, **vxlan):
    """The inside goes to the other site, which may use one service; both may go to the internet."""
    return {
        "version": 1,
        "interfaces": {
            "wan": {"zone": "internet", "addresses": [f"{WAN4}/24", f"{WAN6}/64"]},
            "lan": {"zone": "lan", "addresses": ["192.168.10.1/24"]},
            "vx7": {"vxlan": {"vni": VNI, "local": local, "remotes": [remote], **vxlan}, "zone": "site",
                    "addresses": [f"{TUNNEL4}/24"]},
        },
        "policies": [
            policy("to-site", "lan", "site"),
            policy("web", "site", "lan", destination=INSIDE4, protocol="tcp", ports=8080),
            policy("site-out", ["site", "lan"], "internet"),
            policy("ping", "site", "host", protocol="icmp"),
        ],
        "nat": {
            "masquerade": [documents.masquerade("out", ["site", "lan"], "internet")],
            "forwards": [forward("site-web", WAN4, 80, f"{SITE4}:8080")],
        },
    }
