# SPDX-License-Identifier: GPL-2.0-or-later
"""Of two flows that look the same in two VRFs the one is killed that was meant."""

import pytest
from harness import clients, tenants
from lab.home import OUTSIDE4


def document(home):
    tenants(home)


def scenario(house):
    port = house.port()
    red, blue = (clients.EchoedConnection(host, OUTSIDE4, 7000, source=("", port)) for host in (house.red, house.blue))
    assert red.says("hello") and blue.says("hello")
    source = red.socket.getsockname()[0]
    words = ("flow", "kill", "--protocol", "tcp", "--source", f"{source}:{port}", "--destination", f"{OUTSIDE4}:7000")
    assert "there is no flow" in house.gateway.sluice(*words, expect=2).stderr
    house.gateway.sluice(*words, "--vrf", "red-net")
    with pytest.raises(OSError):
        red.says("still there?", timeout=0.5)
    assert blue.says("I live")
    assert [row["from_vrf"] for row in house.show("flows") if row["original"]["source_port"] == port] == ["blue-net"]
