# SPDX-License-Identifier: GPL-2.0-or-later
"""Between two interfaces of one zone traffic is accepted without a policy."""

from harness import DMZ4, clients, dmz
from lab.home import INSIDE4


def document(home):
    home["interfaces"]["dmz"] = dmz(zone="lan")


def scenario(house):
    assert clients.tcp_peer(house.inside, DMZ4, 8080).address == INSIDE4
    assert clients.udp_peer(house.dmz, INSIDE4, 8080).address == DMZ4
