# SPDX-License-Identifier: GPL-2.0-or-later
"""Ten tenants share one table, and one of them asks for all of it: the nine others notice nothing."""

import contextlib
import sys

import pytest
from lab import clients
from lab.floods import SENDER
from lab.tenants import OUTSIDE4, OUTSIDE6, TENANT4, TENANT6, TenantsLab
from lab.wait import eventually

FLOWS = 16384
NAMES = ["red", *(f"tenant{number}" for number in range(1, 10))]
SILENT4, SILENT6 = "203.0.113.200", "2001:db8:f::200"
WIDE4, WIDE6 = "10.64.0.0/16", "fd00:64::/32"   # that only red has
TRIES, SECONDS = 12, 60


@pytest.fixture(scope="module")
def tenants(lab, hook):
    made = TenantsLab(lab, NAMES)
    made.gateway.start_daemon()
    document = made.document(hook)
    routes = document["vrfs"]["red-net"]["routes"]
    routes += [{"to": WIDE4, "via": TENANT4}, {"to": WIDE6, "via": TENANT6}]
    document["tables"] = {"flows": FLOWS, "mappings": 4 * FLOWS}   # mappings are another matter, and both families share them
    for row in document["nat"]["masquerade"]:
        row["mappings_per_host"] = 1024   # ports are another matter
    made.gateway.apply(document)
    for family, silent in (("-4", SILENT4), ("-6", SILENT6)):
        made.gateway.ip(family, "neigh replace", silent, "lladdr", made.outside.mac("eth0"), "dev wan nud permanent")
    return made


@contextlib.contextmanager
def flood(tenants, kind, source, target, port=9):
    red = tenants.tenants["red"]
    sender = red.start(sys.executable, SENDER, "eth0", red.mac("eth0"), tenants.gateway.mac("red"), kind, source, target,
                       port, SECONDS, 4 * FLOWS)
    eventually("the flood begins", sender.output)
    try:
        yield sender
    finally:
        assert sender.terminate(timeout=60) == 0, sender.output()


def served(ask, host, address):
    try:
        return ask(host, address, 80, timeout=2).address is not None
    except OSError:
        return False


def table(tenants, name):
    return next(row["rows"] for row in tenants.gateway.json("status")["tables"] if row["name"] == name)


@pytest.mark.parametrize("kind, source, target, table_name", [
    ("udp", WIDE4, SILENT4, "flows_ipv4"),   # nobody answers
    ("icmp", WIDE4, OUTSIDE4, "flows_ipv4"),   # each is answered, and may not be ended
    ("udp", WIDE6, SILENT6, "flows_ipv6"),   # a network of 64 bits for each packet
    ("icmp", WIDE6, OUTSIDE6, "flows_ipv6"),
])
def test_one_tenant_that_rotates_its_addresses_leaves_the_others_theirs(tenants, kind, source, target, table_name):
    outside = OUTSIDE6 if ":" in target else OUTSIDE4
    room = FLOWS // (2 if ":" in target else 1)
    with flood(tenants, kind, source, target):
        if kind == "icmp":
            eventually("the table is short", lambda: table(tenants, table_name) > room * 7 // 10, within=40)
        lost = [(ask.__name__, name) for _ in range(TRIES) for name in NAMES[1:] for ask in (clients.tcp_peer, clients.udp_peer)
                if not served(ask, tenants.tenants[name], outside)]
        assert len(lost) <= 2 * TRIES * (len(NAMES) - 1) // 100, f"{len(lost)} were refused: {lost}"
