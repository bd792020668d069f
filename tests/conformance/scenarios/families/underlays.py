# SPDX-License-Identifier: GPL-2.0-or-later
"""An address of either family carries what it may: in turns where one family is listened on, and where both are, each family by
its own address as long as that may carry."""

from harness import clients
from harness.families import PORT, endpoint, put_in_force
from harness.services import Led
from lab.home import INSIDE4, INSIDE6, LAN4, OUTSIDE4, OUTSIDE6, WAN4, WAN6


def service(listen, mode="both"):
    def document(home):
        home["underlays"] = {"old": {"zone": "lan"}, "new": {"zone": "lan"}}
        home["network_mode"] = mode
        home["services"] = {"pool": {"listen": listen, "ports": PORT,
                                     "backends": [{"name": "one", "old": endpoint(INSIDE4), "new": endpoint(INSIDE6)}]}}
    return document


def led_by(house, address, times=4):
    led = Led(house)
    seen = {clients.tcp_peer(house.outside, address, PORT).address for _ in range(times)}
    return led(), seen


def scenario(house):
    house.apply(service([WAN4, WAN6]))
    assert led_by(house, WAN4) == ({"one/old": 4}, {OUTSIDE4})
    assert led_by(house, WAN6) == ({"one/new": 4}, {OUTSIDE6})
    if not put_in_force(house, service(WAN4)):
        return
    assert led_by(house, WAN4)[0] == {"one/old": 2, "one/new": 2}
    house.apply(service([WAN4, WAN6], "old-only"))
    assert led_by(house, WAN6) == ({"one/old": 4}, {LAN4})
