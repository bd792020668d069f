# SPDX-License-Identifier: GPL-2.0-or-later
"""The document of lab/home.py's house, from which tests start, as Python values. Each call answers a fresh one to change."""
from .home import MAIL4, MAIL_OUTSIDE4, OTHER_OUTSIDE4, OTHER_OUTSIDE6


def policy(name, source_zone, target_zone, action="accept", **more):
    return {"name": name, "from": source_zone, "to": target_zone, "action": action, **more}


def forward(name, listen, ports, target, **more):
    return {"name": name, "listen": listen, "ports": ports, "to": target, **more}


def masquerade(name, source_zone, target_zone, **more):
    return {"name": name, "from": source_zone, "to": target_zone, **more}


def static(name, outside, inside):
    return {"name": name, "outside": outside, "inside": inside}


def home():
    """One zone outside, one inside, a bit of everything. Tests add what they are about."""
    return {
        "version": 1,
        "interfaces": {
            "wan": {"zone": "internet", "addresses": ["203.0.113.1/24", "2001:db8:f::1/64"]},
            "lan": {"zone": "lan", "addresses": ["192.168.10.1/24", "2001:db8:10::1/64"]},
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
            "masquerade": [masquerade("out", "lan", "internet")],
            "static": [static("mail", MAIL_OUTSIDE4, MAIL4)],
            "forwards": [
                forward("web", "203.0.113.1", 80, "192.168.10.2:8080"),
                forward("range", "203.0.113.1", "30000-30010", "192.168.10.2", protocol=["tcp", "udp"]),
                forward("private", "203.0.113.1", 2222, "192.168.10.2:8080", source="admins"),
                forward("web-six", "2001:db8:f::1", 80, "[2001:db8:10::2]:8080"),
            ],
        },
    }
