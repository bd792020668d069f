# SPDX-License-Identifier: GPL-2.0-or-later
"""`show flows` has both directions as their packets arrive, the zones, the policy and the translation."""

from harness import clients, flow
from lab.home import INSIDE4, OUTSIDE4, WAN4


def scenario(house):
    port = house.port()
    connection = clients.EchoedConnection(house.inside, OUTSIDE4, 7000, source=("", port))
    assert connection.says("hello")
    row = flow(house, port, protocol="tcp", family="ipv4", state="established", from_zone="lan",
               to_zone="internet", policy="lan-out", nat="out",
               original={"source": INSIDE4, "destination": OUTSIDE4, "destination_port": 7000},
               reply={"source": OUTSIDE4, "source_port": 7000, "destination": WAN4, "destination_port": port})
    assert row["original"]["packets"] >= 3 and row["reply"]["packets"] >= 3
    assert row["original"]["bytes"] >= 3 * 40 and row["reply"]["bytes"] >= 3 * 40
