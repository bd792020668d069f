# SPDX-License-Identifier: GPL-2.0-or-later
"""Documents that the net tests apply, as Python values. Each call answers a fresh one to change."""

from lab.home import MAIL4, MAIL_OUTSIDE4, OTHER_OUTSIDE4, OTHER_OUTSIDE6
from lab.sites import INSIDE4, REMOTE4, SITE4, TUNNEL4, VNI, WAN4, WAN6


def policy(name, source_zone, target_zone, action="accept", **more):
    return {"name": name, "from": source_zone, "to": target_zone, "action": action, **more}


def forward(name, listen, ports, target, **more):
    return {"name": name, "listen": listen, "ports": ports, "to": target, **more}


def interface(zone, hook, *addresses):
    return {"zone": zone, "hook": hook, "addresses": list(addresses)}


def home(hook):
    """The home of lab/home.py: an outside zone, an inside zone, a bit of everything."""
    return {
        "version": 1,
        "interfaces": {
            "wan": interface("internet", hook, "203.0.113.1/24", "2001:db8:f::1/64"),
            "lan": interface("lan", hook, "192.168.10.1/24", "2001:db8:10::1/64"),
        },
        "sets": {"admins": [OTHER_OUTSIDE4, f"{OTHER_OUTSIDE6}/128"]},
        "policies": [
            policy("no-telnet", "lan", "internet", "reject", protocol=["tcp", "udp"], ports=23),
            policy("lan-out", "lan", "internet"),
            policy("lan-ping", "lan", "host", protocol=["icmp", "icmpv6"]),
            policy("ping", "internet", "host", protocol=["icmp", "icmpv6"]),
            policy("admin-ssh", "internet", "host", source="admins", protocol="tcp", ports=22),
            policy("web6", "internet", "lan", destination="2001:db8:10::2", protocol="tcp", ports=8080),
            policy("mail-in", "internet", "lan", destination=MAIL4, protocol="tcp", ports=25),
        ],
        "nat": {
            "masquerade": [{"name": "out", "from": "lan", "to": "internet"}],
            "static": [{"name": "mail", "outside": MAIL_OUTSIDE4, "inside": MAIL4}],
            "forwards": [
                forward("web", "203.0.113.1", "80", "192.168.10.2:8080"),
                forward("range", "203.0.113.1", "30000-30010", "192.168.10.2", protocol=["tcp", "udp"]),
                forward("shifted", "203.0.113.1", "31000-31003", "192.168.10.2:9000",
                        protocol=["tcp", "udp"]),
                forward("private", "203.0.113.1", "2222", "192.168.10.2:8080", source="admins"),
                forward("named", "wan", 8444, "192.168.10.2:8080"),
                forward("web-six", "2001:db8:f::1", "80", "[2001:db8:10::2]:8080"),
            ],
        },
    }


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
            "masquerade": [{"name": "out", "from": ["site", "lan"], "to": "internet"}],
            "forwards": [forward("site-web", WAN4, 80, f"{SITE4}:8080")],
        },
    }
