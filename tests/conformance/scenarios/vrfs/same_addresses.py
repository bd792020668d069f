# SPDX-License-Identifier: GPL-2.0-or-later
"""Two tenants with the same addresses go out at once by the same outside address."""

import pytest
from harness import clients, tenants
from lab.home import OUTSIDE4, OUTSIDE6, WAN4, WAN6


def document(home):
    tenants(home)


@pytest.mark.parametrize("server, outside", [(OUTSIDE4, WAN4), (OUTSIDE6, WAN6)], ids=["ipv4", "ipv6"])
def scenario(house, server, outside):
    port = house.port()
    both = [clients.EchoedConnection(host, server, 7000, source=("", port)) for host in (house.red, house.blue)]
    for text in ("one", "two"):
        assert all(connection.says(text) for connection in both)
    ports = set()
    for name in ("red", "blue"):
        assert clients.udp_peer(getattr(house, name), server, 7000, ("", port)).address == outside
        clients.ping(getattr(house, name), server)
    rows = [row for row in house.show("flows") if row["original"]["source_port"] == port and row["protocol"] == "tcp"]
    assert {row["from_vrf"] for row in rows} == {"red-net", "blue-net"}
    ports = {row["reply"]["destination_port"] for row in rows}
    assert len(ports) == 2, rows
