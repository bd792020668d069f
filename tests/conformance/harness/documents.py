# SPDX-License-Identifier: GPL-2.0-or-later
"""What scenarios change in the document that they start from (lab/documents.py)."""

from lab.documents import masquerade, policy

DMZ4 = "172.20.1.9"   # the host behind the device `dmz`
# Of the tenants: the same for both, and what only one has.
TENANT4, TENANT6, TENANT_GATEWAY4, TENANT_GATEWAY6 = "10.0.0.5", "fd00:a::5", "10.0.0.1", "fd00:a::1"
ONLY_IN = {"red": "10.1.0.5", "blue": "10.2.0.5"}
TABLES = {"red-net": 1101, "blue-net": 1102}


def ports_apart(document):
    """Ports that the masquerade chooses by chance are none that another scenario counts on (House.port)."""
    document["nat"]["masquerade"][0]["ports"] = "20000-49999"


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
