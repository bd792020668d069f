# SPDX-License-Identifier: GPL-2.0-or-later
"""A routed IPv6 flow is shown with the same addresses on both sides and no translation."""

from harness import clients, flow
from lab.home import INSIDE6, OUTSIDE6


def scenario(house):
    port = house.port()
    clients.udp_peer(house.inside, OUTSIDE6, 7000, source=("", port))
    row = flow(house, port, protocol="udp", family="ipv6", state="established", policy="lan-out", nat=None,
               original={"source": INSIDE6, "destination": OUTSIDE6, "destination_port": 7000, "packets": 1},
               reply={"source": OUTSIDE6, "source_port": 7000, "destination": INSIDE6, "packets": 1})
    assert row["original"]["bytes"] == 48 + len("who am I?")
