# SPDX-License-Identifier: GPL-2.0-or-later
"""Cleanup leaves the machine as it was found; afterwards everything can start again."""

import pytest
from harness import clients
from lab import snapshot
from lab.home import OUTSIDE4, WAN4


@pytest.mark.parametrize("end", [None, "kill"], ids=["with-daemon", "without-daemon"])
def scenario(house, end):
    if end:
        house.gateway.daemon.kill()
    house.gateway.cleanup()
    house.gateway.daemon.wait()
    assert snapshot.differences(house.as_found, house.state()) == []
    assert not house.gateway.pins.exists()
    for device in ("wan", "lan", "dmz"):
        assert not snapshot.filters(house.gateway, device)
        assert "xdp" not in house.gateway.ip("link show dev", device).stdout
    house.gateway.start_daemon()
    house.apply()
    house.home.route_gateway()
    assert clients.tcp_peer(house.inside, OUTSIDE4, 7000).address == WAN4
