# SPDX-License-Identifier: GPL-2.0-or-later
"""Connections that are idle during an apply go on where the rules still allow them, also when a route comes before their next word."""

import json

import pytest
from harness import DMZ4, ONLY_IN, clients, dmz, eventually, flow_is_gone, forward, masquerade, policy, tenants
from lab.home import FAR4, INSIDE4, INSIDE6, LAN4, OUTSIDE4, OUTSIDE6, WAN4


def document(home):
    tenants(home)
    home["interfaces"]["dmz"] = dmz()
    home["vrfs"]["red-net"]["routes"].append({"to": "10.2.0.0/24", "through": "blue-net"})
    home["policies"] += [policy("lan-dmz", "lan", "dmz"), policy("dmz-lan", "dmz", "lan"), policy("lan-host", "lan", "host"),
                         policy("red-blue", "red", "blue")]
    home["nat"]["masquerade"].append(masquerade("red-blue", "red", "blue"))
    home["nat"]["forwards"].append({**forward("red-web", WAN4, 8090, f"{ONLY_IN['red']}:8080"), "vrf": "red-net"})


def rename(home, zone, name):
    """The zone, not the interface of that name."""
    text = json.dumps(home).replace(f'"{zone}"', f'"{name}"').replace(f'"{name}": {{"zone"', f'"{zone}": {{"zone"')
    home.clear()
    home.update(json.loads(text))


def renamed_zone(home):
    rename(home, "lan", "home")


def renamed_tenant(home):
    rename(home, "red", "crimson")


def another_exception(home):
    home["nat"]["masquerade"][0]["except"] = ["198.18.0.0/15"]


def open_connections(house):
    ends = {"out": (house.inside, OUTSIDE4, 7000), "out of IPv6": (house.inside, OUTSIDE6, 7000),
            "forwarded": (house.outside, WAN4, 80), "in of IPv6": (house.outside, INSIDE6, 8080),
            "static": (house.mail, OUTSIDE4, 7000), "hairpin": (house.second, WAN4, 80), "host": (house.inside, LAN4, 8000),
            "dmz": (house.inside, DMZ4, 7000), "of the dmz": (house.dmz, INSIDE4, 8080),
            "into a VRF": (house.inside, WAN4, 8090), "out of a VRF": (house.red, OUTSIDE4, 7000),
            "from a VRF into another": (house.red, ONLY_IN["blue"], 8080)}
    return {name: clients.EchoedConnection(*end) for name, end in ends.items()}


def lost(connections):
    found = []
    for name, connection in connections.items():
        try:
            assert connection.says("after", timeout=2)
        except (OSError, AssertionError):
            found.append(name)
    return found


def lead_away(house, connection, port):
    """Out of another zone, where nothing is translated: that ends this connection, and concerns no other."""
    house.gateway.ip(f"route add {FAR4} via {DMZ4}")
    try:
        if house.variant.engine == "nftables":   # with the others a packet asks
            assert flow_is_gone(house, port)
        eventually("it ends", lambda: lost({"far": connection}) == ["far"])
    finally:
        house.gateway.ip(f"route del {FAR4} via {DMZ4}")


@pytest.mark.parametrize("change", [renamed_zone, renamed_tenant, another_exception])
@pytest.mark.parametrize("event", ["nothing else", "another route"])
def scenario(house, change, event):
    def changed(home):
        document(home)
        change(home)
    connections, port = open_connections(house), house.port()
    to_far = clients.EchoedConnection(house.inside, FAR4, 7000, source=("", port))
    house.apply(changed)
    if event == "another route":
        lead_away(house, to_far, port)
    assert lost(connections) == []
