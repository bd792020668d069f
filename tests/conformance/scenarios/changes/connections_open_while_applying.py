# SPDX-License-Identifier: GPL-2.0-or-later
"""At no moment of an apply is a new connection refused that both documents allow."""

import time

from harness import clients, without
from lab.home import OUTSIDE4, WAN4


def other(home):
    without(home["nat"]["forwards"], "range")


def scenario(house):
    for _ in range(3):
        process = house.start_apply(other)
        while process.running():
            time.sleep(0.05)   # a host may have so many flows, and on a busy machine an apply takes long
            assert clients.tcp_peer(house.outside, WAN4, 80, timeout=0.9).address == OUTSIDE4
            assert clients.tcp_peer(house.inside, OUTSIDE4, 7000, timeout=0.9).address == WAN4
        house.apply()
