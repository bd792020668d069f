# SPDX-License-Identifier: GPL-2.0-or-later
"""An interface that becomes a bridge's takes its connections along, idle and busy ones, and so does one that comes out of it."""

from harness import DMZ4, clients, dmz, policy
from lab.download import Download
from lab.home import INSIDE6, LAN4, OUTSIDE4, OUTSIDE6, WAN4


def document(home):
    home["interfaces"]["dmz"] = dmz()
    home["policies"] += [policy("lan-dmz", "lan", "dmz"), policy("lan-host", "lan", "host")]


def bridged(home):
    document(home)
    home["interfaces"]["br5"] = {**home["interfaces"].pop("lan"), "bridge": {"members": ["lan"]}}


def open_connections(house):
    ends = {"out": (house.inside, OUTSIDE4, 7000), "out of IPv6": (house.inside, OUTSIDE6, 7000),
            "forwarded": (house.outside, WAN4, 80), "in of IPv6": (house.outside, INSIDE6, 8080),
            "static": (house.mail, OUTSIDE4, 7000), "dmz": (house.inside, DMZ4, 7000), "host": (house.inside, LAN4, 8000)}
    if house.variant.engine == "ebpf":   # netfilter ends what was masqueraded to leave by another device
        ends["hairpin"] = house.second, WAN4, 80
    return {name: clients.EchoedConnection(*end) for name, end in ends.items()}


def lost(connections, word):
    found = []
    for name, connection in connections.items():
        try:
            assert connection.says(word)
        except (OSError, AssertionError):
            found.append(name)
    return found


def scenario(house):
    connections, download = open_connections(house), Download(house.inside, OUTSIDE4, 9001)
    assert download.goes_on()
    for number, change in enumerate((bridged, document)):
        for host in (house.inside, house.second, house.mail):
            house.forget_neighbours(host)
        house.apply(change)
        assert lost(connections, f"change {number}") == []
        assert download.goes_on()
