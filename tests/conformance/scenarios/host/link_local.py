# SPDX-License-Identifier: GPL-2.0-or-later
"""The gateway answers at the address that it has on the link alone, whichever address of the link asks; a forged one is not answered."""

import json

import pytest
from harness import assert_dropped
from lab.home import INSIDE6, OUTSIDE6
from lab.pace import patience
from scapy.layers.inet import UDP
from scapy.layers.inet6 import IPv6


def link_local(host, device):
    told = json.loads(host.ip(f"-json -6 addr show dev {device}").stdout)
    return next(address["local"] for link in told for address in link.get("addr_info", []) if address["scope"] == "link")


@pytest.mark.parametrize("source", [["-I", INSIDE6], []], ids=["global", "of the link"])
def scenario(house, source):
    gateway = link_local(house.gateway, "lan")
    house.inside.run("ping", "-6", "-n", "-c", 1, "-W", patience(2), *source, f"{gateway}%eth0")
    forged = IPv6(src=OUTSIDE6, dst=gateway) / UDP(sport=house.port(), dport=8000)
    assert_dropped(house, "inside", forged, "spoofed")
