# SPDX-License-Identifier: GPL-2.0-or-later
"""A policy that drops from now on ends what it accepted before."""

from harness import assert_silent, clients
from harness.silence import mark
from lab.home import OUTSIDE4
from scapy.layers.inet import UDP


def closed(home):
    home["policies"][1]["action"] = "drop"


def scenario(house):
    port, text = house.port(), mark()
    assert clients.udp_outcome(house.inside, OUTSIDE4, 7000, source=("", port)) == "answered"
    house.apply(closed)
    wan = house.sniff("wan")
    assert clients.udp_outcome(house.inside, OUTSIDE4, 7000, source=("", port), timeout=0.02) == "silence"
    assert_silent(house, wan, wanted=lambda p: UDP in p and (p[UDP].dport == 7000 or text in bytes(p)))
