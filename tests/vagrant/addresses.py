#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""addresses.py ROOT: the cards of the lab fit the documents of its gateways, and no two are alike."""
import ipaddress
import re
import sys
from pathlib import Path

DOCUMENTS = {"gateway": "home.json", "site2": "branch.json"}
ADDRESS = re.compile(r'"([0-9a-f.:]+/\d+)"')


def cards(root):
    for line in (root / "vagrant" / "provision" / "nics.txt").read_text().splitlines():
        if not line.startswith("#"):
            yield line.split()


def of_document(root, machine, device):
    """What the document of a gateway gives the device."""
    text = (root / "config" / "examples" / DOCUMENTS[machine]).read_text()
    line = re.search(rf'^\s*"{device}": \{{.*"addresses".*$', text, re.M)
    return ADDRESS.findall(line[0]) if line else []


def complaints(root):
    taken, networks = set(), {}
    for machine, device, mac, *addresses in cards(root):
        if (machine in DOCUMENTS) == bool(addresses):
            yield f"{machine} {device}: addresses are in nics.txt, or in a document of sluice"
        for text in [mac, *(addresses or of_document(root, machine, device))]:
            if text in taken:
                yield f"{machine} {device}: {text} is another card's too"
            taken.add(text)
            if text != mac:
                found = ipaddress.ip_interface(text)
                networks.setdefault((device, found.version), set()).add(found.network)
    for (device, version), found in networks.items():
        if len(found) != 1:
            yield f"{device}, IPv{version}: {sorted(map(str, found))} on one wire"


def main():
    found = list(complaints(Path(sys.argv[1])))
    print("\n".join(found) or "every card has its own, and each wire one network of each family")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
