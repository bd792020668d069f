# SPDX-License-Identifier: GPL-2.0-or-later
"""A flow that somebody kills is over, whatever translates it; another one between the same machines goes on."""

import pytest
from harness import clients
from lab.home import INSIDE4, INSIDE6, OUTSIDE4, OUTSIDE6, WAN4

# By whom, to where, and the source that its first packet had.
WAYS = {"masquerade": ("inside", OUTSIDE4, 7000, INSIDE4), "ipv6": ("inside", OUTSIDE6, 7000, INSIDE6),
        "forward": ("outside", WAN4, 80, OUTSIDE4)}


def end(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


@pytest.mark.parametrize("host, server, service, source", WAYS.values(), ids=WAYS)
def scenario(house, host, server, service, source):
    ports = house.port(), house.port()
    killed, other = (clients.EchoedConnection(getattr(house, host), server, service, source=("", port)) for port in ports)
    assert killed.says("hello") and other.says("hello")
    house.gateway.sluice("flow", "kill", "--protocol", "tcp", "--source", end(source, ports[0]), "--destination", end(server, service))
    gained = house.gained()
    with pytest.raises(OSError):
        killed.says("still there?", timeout=0.5)
    assert gained.drops("lan" if host == "inside" else "wan").get("no-flow", 0) > 0
    assert other.says("I live")
    assert {row["original"]["source_port"] for row in house.show("flows")} & set(ports) == {ports[1]}
