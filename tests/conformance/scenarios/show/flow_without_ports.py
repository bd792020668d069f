# SPDX-License-Identifier: GPL-2.0-or-later
"""A flow of a protocol without ports is shown with zeros for them."""

from harness import eventually
from harness.counts import rows
from lab.home import MAIL4, MAIL_OUTSIDE4, OUTSIDE4
from scapy.layers.inet import IP


def scenario(house):
    house.inject("mail", IP(src=MAIL4, dst=OUTSIDE4, proto=50) / bytes(16))
    zeros = {"source_port": 0, "destination_port": 0}
    wanted = {"family": "ipv4", "state": "half-open", "policy": "lan-out", "nat": "mail",
              "original": {"source": MAIL4, "destination": OUTSIDE4} | zeros,
              "reply": {"source": OUTSIDE4, "destination": MAIL_OUTSIDE4} | zeros}
    assert eventually("the flow is shown", lambda: rows(house, "flows", protocol="esp", **wanted), within=3)
