# SPDX-License-Identifier: GPL-2.0-or-later
"""IPv6 is not masqueraded, unless the document says so: its hairpins work all the same."""

import pytest
from harness import clients, flow, forward
from lab.home import INSIDE6, OUTSIDE6, SECOND6, WAN6


def document(home):
    home["nat"]["forwards"].append(forward("web6", WAN6, 8006, f"[{INSIDE6}]:8080", protocol=["tcp", "udp"]))


@pytest.mark.parametrize("protocol, ask", [("tcp", clients.tcp_peer), ("udp", clients.udp_peer)])
def scenario(house, protocol, ask):
    gained, port = house.gained(), house.port()
    assert ask(house.second, WAN6, 8006, source=("", port)).address == WAN6
    assert ask(house.inside, WAN6, 8006).address == WAN6
    assert ask(house.outside, WAN6, 8006).address == OUTSIDE6
    assert gained.forward("web6")["flows"] == 3
    flow(house, port, protocol=protocol, from_zone="lan", to_zone="lan", policy="web6", nat="web6",
         original={"source": SECOND6, "destination": WAN6},
         reply={"source": INSIDE6, "source_port": 8080, "destination": WAN6})
