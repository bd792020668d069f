# SPDX-License-Identifier: GPL-2.0-or-later
"""The home whose hosts may ask the gateway for ports."""

from contextlib import suppress

import documents
import pytest
from lab import clients, eventually, servers
from lab.home import INSIDE4, LAN4, SECOND4, WAN4
from lab.mapping_client import TCP, UDP, MappingClient

PER_HOST = 4


@pytest.fixture(scope="module")
def hook(engine):
    """The packet path knows nothing of requests; each engine has a lab of its own."""
    return "tc" if engine == "ebpf" else "nftables"


def asked(engine, **more):
    made = documents.carried_by(engine)
    made["mapping_requests"] = {"from": "lan", "ports": "1024-65535", "per_host": PER_HOST, **more}
    return made


@pytest.fixture(scope="module")
def document(engine):
    return asked(engine)


@pytest.fixture(scope="module")
def served(home):
    """The home, once requests are heard."""
    for port in (8080, 9000):
        servers.tcp_peer_server(home.inside, port)
        servers.udp_peer_server(home.inside, port)
    eventually("requests are heard", lambda: hears(home))
    return home


@pytest.fixture
def own(served):
    """A client on the host inside; nothing of it is left afterwards."""
    client = client_of(served)
    yield client
    for row in leases(served):
        if row["host"] in (INSIDE4, SECOND4):
            forget(served, row)


def client_of(home, host=None, address=INSIDE4, gateway=LAN4):
    return MappingClient(host or home.inside, address, gateway)


def hears(home):
    with suppress(OSError):
        client_of(home).epoch()
        return True
    return False


def leases(home):
    return home.gateway.show("leases")


def forget(home, row):
    """As NAT-PMP ends mappings, or as a test's own client does."""
    host = home.inside if row["host"] == INSIDE4 else home.second
    client = MappingClient(host, row["host"], LAN4)
    if row["by"] == "nat-pmp":
        client.exchange(bytes([0, 1 if row["protocol"] == "udp" else 2, 0, 0, *row["port"].to_bytes(2), 0, 0, 0, 0, 0, 0]))
    else:
        client.end(row["port"], protocol=UDP if row["protocol"] == "udp" else TCP)


def is_closed(home, port):
    return clients.tcp_outcome(home.outside, WAN4, port, timeout=0.3) == "silence"
