# SPDX-License-Identifier: GPL-2.0-or-later
"""Two tenants whose uplinks have the same address: each has all the ports of its own."""

import pytest
import ways
from lab import clients, servers

hook, engine = ways.hook, ways.engine   # of each way

WAN, OUTSIDE, INSIDE, GATEWAY = "203.0.113.1", "203.0.113.9", "10.0.0.5", "10.0.0.1"
NAMES = ("red", "blue")
FIRST, COUNT, PORT = 40000, 4, 7000


def plug_in(lab, gateway, name):
    inside, outside = lab.host(name), lab.host(f"{name}-far")
    lab.wire((gateway, name), (inside, "eth0"))
    lab.wire((gateway, f"{name}-wan"), (outside, "eth0"))
    inside.addresses("eth0", f"{INSIDE}/24")
    inside.routes(f"default via {GATEWAY}")
    outside.addresses("eth0", f"{OUTSIDE}/24")
    servers.udp_peer_server(outside, PORT)
    servers.tcp_peer_server(outside, PORT)
    return inside


def document(engine, hook):
    made = {"version": 1, "engine": engine, "interfaces": {}, "vrfs": {}, "policies": [], "nat": {"masquerade": []}}
    for number, name in enumerate(NAMES):
        vrf = f"{name}-net"
        made["vrfs"][vrf] = {"table": 1100 + number}
        made["interfaces"][name] = {"zone": name, "vrf": vrf, "hook": hook, "addresses": [f"{GATEWAY}/24"]}
        made["interfaces"][f"{name}-wan"] = {"zone": f"{name}-out", "vrf": vrf, "hook": hook, "addresses": [f"{WAN}/24"]}
        made["policies"].append({"name": name, "from": name, "to": f"{name}-out", "action": "accept"})
        made["nat"]["masquerade"].append({"name": name, "from": name, "to": f"{name}-out",
                                          "ports": f"{FIRST}-{FIRST + COUNT - 1}"})
    if engine == "nftables":
        for row in made["interfaces"].values():
            del row["hook"]
    return made


@pytest.fixture(scope="module")
def tenants(lab, engine, hook):
    gateway = lab.gateway("gw")
    hosts = {name: plug_in(lab, gateway, name) for name in NAMES}
    gateway.start_daemon()
    gateway.apply(document(engine, hook))
    return gateway, hosts


def test_each_has_all_ports_of_the_address(tenants):
    gateway, hosts = tenants
    for name in NAMES:
        seen = {clients.udp_peer(hosts[name], OUTSIDE, PORT, ("", port)).port for port in range(FIRST, FIRST + COUNT)}
        assert seen == set(range(FIRST, FIRST + COUNT)), name
    rows = gateway.show("mappings")
    assert {(row["vrf"], row["outside_vrf"], row["outside"]) for row in rows} == {
        (f"{name}-net", f"{name}-net", WAN) for name in NAMES}
    assert len(rows) == 2 * COUNT
    assert not gateway.drops().get("no-ports")


def test_a_connection_of_each_by_the_same_port_goes_on(tenants):
    both = [clients.EchoedConnection(host, OUTSIDE, PORT, source=("", FIRST)) for host in tenants[1].values()]
    for text in ("one", "two"):
        assert all(connection.says(text) for connection in both)
