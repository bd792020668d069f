# SPDX-License-Identifier: GPL-2.0-or-later
"""The document from which scenarios start, and the pieces to change it with."""

from lab.home import MAIL4, MAIL_OUTSIDE4, OTHER_OUTSIDE4, OTHER_OUTSIDE6

DMZ4 = "172.20.1.9"   # the host behind the device `dmz`
# Of the tenants: the same for both, and what only one has.
TENANT4, TENANT6, TENANT_GATEWAY4, TENANT_GATEWAY6 = "10.0.0.5", "fd00:a::5", "10.0.0.1", "fd00:a::1"
ONLY_IN = {"red": "10.1.0.5", "blue": "10.2.0.5"}
TABLES = {"red-net": 1101, "blue-net": 1102}


def policy(name, source_zone, target_zone, action="accept", **more):
    return {"name": name, "from": source_zone, "to": target_zone, "action": action, **more}


def forward(name, listen, ports, target, **more):
    return {"name": name, "listen": listen, "ports": ports, "to": target, **more}


def masquerade(name, source_zone, target_zone, **more):
    return {"name": name, "from": source_zone, "to": target_zone, **more}


def ports_apart(document):
    """Ports that the masquerade chooses by chance are none that another scenario counts on (House.port)."""
    document["nat"]["masquerade"][0]["ports"] = "20000-49999"


def static(name, outside, inside):
    return {"name": name, "outside": outside, "inside": inside}


def limits(document, *rows):
    document["limits"] = list(rows)


def limit(name, rate, **more):
    return {"name": name, "rate": rate, **more}


def without(rows, name):
    """Takes the row of that name out of a list of the document."""
    kept = [row for row in rows if row["name"] != name]
    assert len(kept) == len(rows) - 1, f"no {name} in {rows}"
    rows[:] = kept


def dmz(zone="dmz"):
    """The interface for a document's "dmz": a third network."""
    return {"zone": zone, "addresses": ["172.20.1.1/24"]}


def through(vrf="main"):
    """Routes for everything that a VRF has none for itself."""
    return [{"to": "0.0.0.0/0", "through": vrf}, {"to": "::/0", "through": vrf}]


def tenants(home, *names, routes=None):
    """Puts these (both, unless told) into a VRF of its own each, which goes out by the outside's addresses."""
    names = names or tuple(ONLY_IN)
    for name in names:
        only = ONLY_IN[name].removesuffix("5") + "1"
        home["interfaces"][name] = {"zone": name, "vrf": f"{name}-net", "addresses": [
            f"{TENANT_GATEWAY4}/24", f"{TENANT_GATEWAY6}/64", f"{only}/24"]}
        home.setdefault("vrfs", {})[f"{name}-net"] = {
            "table": TABLES[f"{name}-net"], "routes": through() if routes is None else routes}
    home["policies"].append(policy("tenants-out", list(names), "internet"))
    home["nat"]["masquerade"].append(masquerade("tenants", list(names), "internet", family="both"))


def home():
    """The house: one zone outside, one inside, a bit of everything. Scenarios add what they are about."""
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
