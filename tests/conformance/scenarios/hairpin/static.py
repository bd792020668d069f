# SPDX-License-Identifier: GPL-2.0-or-later
"""Inside hosts reach each other by the outside address of a static mapping."""

from harness import clients
from lab.home import MAIL_OUTSIDE4, WAN4


def scenario(house):
    assert clients.tcp_peer(house.inside, MAIL_OUTSIDE4, 25).address == WAN4
    assert clients.udp_peer(house.second, MAIL_OUTSIDE4, 25).address == WAN4
