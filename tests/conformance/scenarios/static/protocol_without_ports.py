# SPDX-License-Identifier: GPL-2.0-or-later
"""A static mapping translates every protocol."""

from lab.home import MAIL4, MAIL_OUTSIDE4, OUTSIDE4
from scapy.layers.inet import IP


def scenario(house):
    wan = house.sniff("wan")
    house.inject("mail", IP(src=MAIL4, dst=OUTSIDE4, proto=50) / bytes(16))
    seen = wan.wait_for("the ESP packet", lambda p: IP in p and p[IP].proto == 50)
    assert (seen[IP].src, seen[IP].ttl) == (MAIL_OUTSIDE4, 63)
