# SPDX-License-Identifier: GPL-2.0-or-later
"""A new flow goes to who has the fewest for its weight; nftables cannot ask that, and says so."""

from harness import clients
from harness.services import PORT, Led, backends, put_service
from lab.home import WAN4


def scenario(house):
    def document(home):
        put_service(home, backends("one", "two", one={"weight": 2}), balance="least-connections")
        home["services"]["pool"]["protocol"] = "tcp"

    if house.variant.engine == "nftables":
        refused = house.apply(document, expect=3)
        assert "choice by the number of connections" in refused.stderr
        return
    house.apply(document)
    led = Led(house)
    held = [clients.EchoedConnection(house.outside, WAN4, PORT) for _ in range(6)]
    assert all(connection.says("here") for connection in held)
    assert led() == {"one/near": 4, "two/near": 2}
