# SPDX-License-Identifier: GPL-2.0-or-later
"""On an outside address with both, a forward has its port and the static mapping the others."""

from harness import clients, forward
from lab.home import INSIDE4, MAIL4, MAIL_OUTSIDE4
from scapy.layers.inet import IP, TCP


def document(home):
    home["nat"]["forwards"].append(forward("special", MAIL_OUTSIDE4, 8025, "192.168.10.2:8080"))


def scenario(house):
    lan = house.sniff("lan")
    for port, host in ((8025, INSIDE4), (25, MAIL4)):
        source = house.port()
        assert clients.tcp_outcome(house.outside, MAIL_OUTSIDE4, port, source=("", source)) == "answered"
        syn = lan.wait_for("the SYN", lambda p, source=source: TCP in p and p[TCP].sport == source)
        assert syn[IP].dst == host
