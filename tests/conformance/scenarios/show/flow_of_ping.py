# SPDX-License-Identifier: GPL-2.0-or-later
"""A ping is a flow by its id."""

from harness import clients, eventually
from harness.counts import rows
from lab.home import OUTSIDE4, SECOND4, WAN4


def scenario(house):
    clients.ping(house.second, OUTSIDE4, count=2)
    found = eventually("the echo's flow is shown", lambda: rows(
        house, "flows", protocol="icmp", policy="lan-out", nat="out", state="established",
        original={"source": SECOND4, "destination": OUTSIDE4, "packets": 2},
        reply={"source": OUTSIDE4, "destination": WAN4, "packets": 2}))
    assert found
