# SPDX-License-Identifier: GPL-2.0-or-later
"""A service that is asked in one family and served in the other, by `inside`."""

import pytest
from lab.home import INSIDE4, INSIDE6, LAN4, LAN6, OUTSIDE4, OUTSIDE6, WAN4, WAN6

PORT, SERVED = 8081, 8080

# Where it listens, who serves it, whom that sees, who asks.
WAYS = pytest.mark.parametrize("listen, backend, seen, client", [
    (WAN4, INSIDE6, LAN6, OUTSIDE4), (WAN6, INSIDE4, LAN4, OUTSIDE6)], ids=["to-ipv6", "to-ipv4"])


def endpoint(address, port=SERVED):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def between(listen, backend, port=SERVED, **more):
    """document() of a scenario."""
    def document(home):
        home["underlays"] = {"near": {"zone": "lan"}}
        home["services"] = {"across": {"listen": listen, "protocol": ["tcp", "udp"], "ports": PORT,
                                       "backends": [{"name": "one", "near": endpoint(backend, port)}], **more}}
    return document


def put_in_force(house, document):
    """False: the engine cannot, and has said so."""
    if house.variant.engine != "nftables":
        house.apply(document)
        return True
    refused = house.apply(document, expect=3)
    assert "backends of another family" in refused.stderr
    return False
