# SPDX-License-Identifier: GPL-2.0-or-later
"""Ten tenants with the same addresses, each in a VRF of its own, behind one outside address."""

import pytest
from lab import clients, eventually
from lab.intruders import kinds_of_traffic, kinds_of_traffic6
from lab.scraped import phases, scraped
from lab.tenants import (ECHO, OUTSIDE4, OUTSIDE6, TENANT4, TENANT6, TENANT_GATEWAY4, TENANT_GATEWAY6, WAN4, WAN6,
                         TenantsLab, only_of, only_of6)

NAMES = [f"t{number}" for number in range(10)]
PORT = 20001   # every tenant's client has this one


@pytest.fixture(scope="module", params=["tc", "xdp", "nftables"])
def hook(request):
    """Both engines: here nftables counts as a hook."""
    return request.param


@pytest.fixture(scope="module")
def tenants(lab, hook):
    made = TenantsLab(lab, NAMES)
    made.gateway.start_daemon()
    made.gateway.apply(made.document(hook))
    return made


@pytest.mark.parametrize("address, outside", [(OUTSIDE4, WAN4), (OUTSIDE6, WAN6)])
def test_all_go_out_at_once_by_the_same_address(tenants, address, outside):
    open_ones = [clients.connect_tcp(host, address, ECHO, ("", PORT)) for host in tenants.tenants.values()]
    seen = {tuple(connection.makefile().readline().split()) for connection in open_ones}
    assert {peer[0] for peer in seen} == {outside}
    assert len(seen) == len(NAMES)


@pytest.mark.parametrize("own", [TENANT_GATEWAY4, TENANT_GATEWAY6])
def test_each_reaches_the_gateway_in_its_own_vrf(tenants, own):
    for host in tenants.tenants.values():
        clients.ping(host, own)


@pytest.mark.parametrize("listen", [WAN4, WAN6])
def test_each_has_its_own_forward(tenants, listen):
    for number in range(len(NAMES)):
        assert clients.tcp_peer(tenants.outside, listen, 8000 + number).address in (OUTSIDE4, OUTSIDE6)
        assert clients.udp_peer(tenants.outside, listen, 8000 + number).address in (OUTSIDE4, OUTSIDE6)


def test_a_forward_is_added_into_a_vrf(tenants):
    tenants.gateway.sluice("forward", "add", "late", "--listen", WAN4, "--ports", "9000", "--to", f"{TENANT4}:{ECHO}",
                           "--vrf", "t3-net")
    assert clients.tcp_peer(tenants.outside, WAN4, 9000).address == OUTSIDE4
    flows = tenants.gateway.json("show", "flows")["flows"]
    assert {row["to_vrf"] for row in flows if row["original"]["destination_port"] == 9000} == {"t3-net"}
    tenants.gateway.sluice("forward", "remove", "late")


def scan(tenants, number):
    """Everything that one tenant sends at the addresses of the others and of the gateway elsewhere."""
    text = f"scan-of-{number:02}".encode()
    others = [other for other in range(len(NAMES)) if other != number]
    both = [(other, host) for other in others for host in (5, 1)]
    host = tenants.tenants[NAMES[number]]
    injector = host.injector("eth0", tenants.gateway.mac(NAMES[number]))
    for target in [*(only_of(*one) for one in both), WAN4]:
        injector.send(*kinds_of_traffic(TENANT4, target, text))
    for target in [*(only_of6(*one) for one in both), WAN6]:
        injector.send(*kinds_of_traffic6(TENANT6, target, text))
    return text


def test_nobody_sees_what_a_tenant_sends_at_others(tenants, hook):
    tenants.gateway.apply(tenants.document(hook))
    watchers = [host.sniff("eth0") for host in tenants.tenants.values()]
    for number in range(len(NAMES)):
        if number % 4 == 0:   # the rules change meanwhile
            changed = tenants.document(hook)
            changed["policies"].append({"name": f"change-{number}", "from": "t1", "to": "host", "action": "drop",
                                        "protocol": "tcp"})
            change = tenants.gateway.start_sluice("apply", tenants.gateway.write(changed))
        text = scan(tenants, number)
        assert change.wait() == 0
        clients.ping(tenants.tenants[NAMES[number]], TENANT_GATEWAY4)
        for other, watcher in enumerate(watchers):
            watcher.catch_up()
            seen = [frame for frame in list(watcher.frames) if text in frame]
            assert other == number or not seen, f"{NAMES[other]} saw {seen[0].hex()}"


def test_flows_go_on_over_a_change_of_engines(tenants, hook):
    """Of every tenant by the same port, and of every forward by the same port of the peer."""
    connections = [clients.EchoedConnection(host, OUTSIDE4, ECHO, source=("", PORT + 1))
                   for host in tenants.tenants.values()]
    connections += [clients.EchoedConnection(tenants.outside, listen, 8000 + number, source=("", PORT + 2 + number))
                    for number in range(len(NAMES)) for listen in (WAN4, WAN6)]
    assert all(connection.says("before") for connection in connections)
    for carrier in ("nftables" if hook != "nftables" else "tc", hook):
        tenants.gateway.apply(tenants.document(carrier))
        assert all(connection.says(f"by {carrier}") for connection in connections)


def test_metrics_tell_whose_flows_there_are(tenants):
    def established():
        return [phases(tenants.gateway, "sluice_tenant_flows", f"{name}-net")["established"] for name in NAMES[:2]]

    before = established()
    connections = [clients.EchoedConnection(tenants.tenants[NAMES[0]], OUTSIDE4, ECHO, source=("", PORT + 30 + number)) for number in range(3)]
    assert all(connection.says("hello") for connection in connections)
    eventually("they are the tenant's who began them", lambda: established() == [before[0] + 3, before[1]])
    seen = scraped(tenants.gateway)
    assert seen["sluice_tenant_errors_total", f"{NAMES[0]}-net"] == 0
    assert [value for name, value in seen.items() if name[0] == "sluice_tenant_transmit_packets_total" and f"{NAMES[0]}-net" in name] > [0]
    if tenants.gateway.json("status")["engine"] == "ebpf":
        assert seen["sluice_tenant_connect_seconds_count", f"{NAMES[0]}-net"] >= 3
        assert seen["sluice_tenant_connect_seconds_count", "main"] >= 3, "the server is in another VRF"


def test_rules_that_somebody_takes_away_come_back(tenants):
    """systemd-networkd does that to what it does not know. The kernel's rule for the machine's own addresses is among them,
    because it stands behind those of VRFs.
    """
    before = [tenants.gateway.ip(family, "rule show").stdout for family in ("-4", "-6")]
    assert "lookup local" in before[0]
    for family in ("-4", "-6"):
        tenants.gateway.ip(family, "rule flush")
        for preference, table in (("32766", "main"), ("32767", "default")):
            if table in before[family == "-6"]:
                tenants.gateway.ip(family, "rule add pref", preference, "lookup", table)
    eventually("all rules are back", lambda: [tenants.gateway.ip(family, "rule show").stdout for family in ("-4", "-6")] == before,
               within=30)
    clients.ping(tenants.tenants["t0"], TENANT_GATEWAY4)
