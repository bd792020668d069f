# SPDX-License-Identifier: GPL-2.0-or-later
"""A host with a static mapping is seen as its outside address by inside servers too."""

from harness import clients
from lab.home import MAIL_OUTSIDE4, WAN4


def scenario(house):
    assert clients.tcp_peer(house.mail, WAN4, 80).address == MAIL_OUTSIDE4
