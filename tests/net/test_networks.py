# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks over WireGuard end to end: stock clients, fed with what the gateway exports, reach what they may and nothing
else. The gateway's end is wireguard-go, and the kernel where it has WireGuard.
"""

import copy
from datetime import datetime, timedelta, timezone

import documents
import pytest
import ways
from lab import clients, servers
from lab.home import FAR4, INSIDE4, LAN4, OUTSIDE4, OUTSIDE6, SECOND4, WAN4
from lab.phones import Phone, home_with_servers
from lab.wait import eventually

hook, engine = ways.hook, ways.engine   # of each way

GATEWAY4, PHONE4, LAPTOP4 = "10.100.0.1", "10.100.0.2", "10.100.0.3"


KERNEL = pytest.param(("nftables", "tc", "kernel"), marks=pytest.mark.needs("wireguard"))


@pytest.fixture(scope="module", ids="-".join,
                params=[("ebpf", "xdp", "userspace"), ("nftables", "tc", "userspace"), KERNEL])
def way(request):
    return request.param


@pytest.fixture(scope="module")
def backend(way):
    """Who has the gateway's end of the tunnels."""
    return way[2]


def with_networks(document, **changes):
    """A phone and a laptop that go out by the gateway, and a supplier who gets at one machine."""
    return document | {"networks": {
        "home": {"type": "secure-internet", "expected_users": 6,
                 "endpoints": {"phone": {"type": "mobile"}, "laptop": {"type": "mobile"}}} | changes,
        "shop": {"type": "remote-resource", "expected_users": 2, "resources": [f"{INSIDE4}/32"],
                 "endpoints": {"supplier": {"type": "mobile"}}},
    }}


@pytest.fixture(scope="module")
def document(engine, hook, backend):
    return with_networks(documents.carried_by(engine, hook) | {"wireguard": {"backend": backend}})


@pytest.fixture(scope="module")
def site(lab, document):
    return home_with_servers(lab, document)


@pytest.fixture(scope="module")
def phone(site):
    return Phone(site.gateway, site.far, "home", "phone", "phone0").up()


@pytest.fixture(scope="module")
def laptop(site):
    return Phone(site.gateway, site.neighbour("laptop", 2), "home", "laptop", "laptop0").up()


@pytest.fixture(scope="module")
def supplier(site):
    return Phone(site.gateway, site.neighbour("supplier", 3), "shop", "supplier", "supplier0").up()


def flows_between(site, source, destination):
    return [row for row in site.gateway.show("flows")
            if row["original"]["source"] == source and row["original"]["destination"] == destination]


def silent(host, address, port=8000):
    return clients.tcp_outcome(host, address, port, timeout=0.6) != "answered"


@pytest.mark.spared("kernel")
def test_what_is_allotted_is_shown(site, backend):
    rows = {row["name"]: row for row in site.gateway.show("networks")}
    assert rows["home"]["subnet"] == "10.100.0.0/29" and rows["home"]["port"] == 51820
    assert rows["shop"]["subnet"] == "10.100.0.8/30" and rows["shop"]["port"] == 51821
    assert all(10_000_000 <= row["vcid"] <= 99_999_999 and row["backend"] == backend for row in rows.values())


def test_the_doctor_says_who_carries_the_tunnels(site, backend):
    checks = {row["name"]: row for row in site.gateway.json("doctor")["checks"]}
    who = {"kernel": "the kernel", "userspace": "wireguard-go"}[backend]
    assert checks["wireguard"]["state"] == "ok" and checks["wireguard"]["finding"].startswith(f"{who} carries tunnels")


def test_a_look_behind_the_apply_finds_nothing_to_do(site, document):
    """What is near was not there before, and counts all the same."""
    site.gateway.sluice("plan", "--exit-code", site.gateway.write(document))


def test_a_phone_goes_out_by_the_gateway(site, phone):
    clients.ping(phone.host, GATEWAY4)
    assert clients.tcp_peer(phone.host, OUTSIDE4, 8000).address == WAN4
    phone.has_state("active")


@pytest.mark.spared("kernel")
def test_with_both_families(site, phone):
    clients.ping(phone.host, OUTSIDE6)


def test_and_reaches_neither_the_lan_nor_other_private_addresses(phone):
    assert silent(phone.host, INSIDE4) and silent(phone.host, SECOND4) and silent(phone.host, LAN4)


@pytest.mark.spared("kernel")
def test_peers_do_not_see_each_other(site, phone, laptop):
    clients.ping(laptop.host, GATEWAY4)
    clients.ping(phone.host, LAPTOP4, expect=1, wait=1)
    clients.ping(laptop.host, PHONE4, expect=1, wait=1)


@pytest.mark.spared("kernel")
def test_until_they_may_talk_and_closing_ends_what_they_say(site, document, phone, laptop):
    servers.tcp_peer_server(laptop.host, 8000)
    site.gateway.apply(document | {"networks": with_networks({}, peers_may_talk=True)["networks"]})
    assert clients.tcp_peer(phone.host, LAPTOP4, 8000).address == PHONE4
    held = clients.connect_tcp(phone.host, LAPTOP4, 8000)
    assert flows_between(site, PHONE4, LAPTOP4)
    site.gateway.apply(document)
    assert silent(phone.host, LAPTOP4)
    assert not flows_between(site, PHONE4, LAPTOP4)
    held.close()
    clients.ping(phone.host, GATEWAY4)


def test_the_lan_does_not_reach_a_phone(site, phone):
    site.outside.routes(f"10.100.0.0/16 via {WAN4}")
    for host in (site.inside, site.outside):
        clients.ping(host, PHONE4, expect=1, wait=1)
        assert silent(host, PHONE4)


@pytest.mark.spared("kernel")
def test_a_supplier_reaches_the_resource_alone(site, supplier):
    assert clients.tcp_peer(supplier.host, INSIDE4, 8000).address == LAN4
    supplier.has_state("active")


@pytest.mark.spared("kernel")
def test_and_nothing_else_whatever_its_routes_say(site, supplier):
    """AllowedIPs of the client are its own to change."""
    supplier.host.run("wg", "set", supplier.device, "peer", peer_of(supplier), "allowed-ips", "0.0.0.0/0")
    for target in (SECOND4, LAN4, OUTSIDE4, FAR4, "10.100.0.9", GATEWAY4, PHONE4):
        supplier.host.ip("route replace", target, "dev", supplier.device)
        clients.ping(supplier.host, target, expect=1, wait=1)
        assert silent(supplier.host, target), target
    assert clients.tcp_peer(supplier.host, INSIDE4, 8000).address == LAN4


def peer_of(phone):
    return phone.host.run("wg", "show", phone.device, "peers").stdout.strip()


def test_a_source_that_is_not_its_own_goes_nowhere(site, phone, supplier):
    """By AllowedIPs at the gateway, and behind that by the network's policy."""
    supplier.host.ip("addr add 10.100.0.11/32 dev", supplier.device)
    assert clients.tcp_outcome(supplier.host, INSIDE4, 8000, source=("10.100.0.11", 0), timeout=0.6) != "answered"
    assert "10.100.0.11" not in site.gateway.sluice("show", "flows").stdout


def test_the_tunnels_outlive_the_daemon(site, phone):
    site.gateway.daemon.kill()
    clients.ping(phone.host, GATEWAY4)
    assert clients.tcp_peer(phone.host, OUTSIDE4, 8000).address == WAN4
    site.gateway.start_daemon()
    clients.ping(phone.host, GATEWAY4)
    rows = {row["name"]: row for row in site.gateway.show("networks")}
    assert rows["home"]["subnet"] == "10.100.0.0/29" and rows["home"]["active"] >= 1


def test_who_is_disabled_is_out_at_once_and_may_come_back(site, phone):
    site.gateway.sluice("endpoint", "disable", "home", "phone")
    clients.ping(phone.host, GATEWAY4, expect=1, wait=1)
    assert phone.row()["state"] == "disabled"
    site.gateway.sluice("endpoint", "enable", "home", "phone")
    eventually("the phone is back", lambda: clients.ping(phone.host, GATEWAY4, expect=None, wait=1).returncode == 0, within=20)


def test_who_expires_is_out_at_that_time(site, document, phone):
    clients.ping(phone.host, GATEWAY4)
    end = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=4)
    made = copy.deepcopy(document)
    made["networks"]["home"]["endpoints"]["phone"]["expires"] = end.strftime("%Y-%m-%dT%H:%M:%SZ")
    site.gateway.apply(made)

    def peers():
        return len(site.gateway.run("wg", "show", "wg-home", "peers").stdout.split())
    before = peers()
    eventually("the time has come", lambda: datetime.now(timezone.utc) > end)
    eventually("it is no peer", lambda: peers() == before - 1, within=1.5)
    site.gateway.apply(document)
    eventually("the phone is back", lambda: clients.ping(phone.host, GATEWAY4, expect=None, wait=1).returncode == 0, within=20)


def test_a_tunnel_that_somebody_ends_is_made_again(site, phone, backend):
    """The process of wireguard-go is killed, the kernel's device removed."""
    if backend == "kernel":
        site.gateway.ip("link del wg-home")
    else:
        site.gateway.run("kill", "-9", site.gateway.run("pgrep", "-f", "wireguard-go.* wg-home").stdout.split()[0])
    eventually("the phone is back", lambda: clients.ping(phone.host, GATEWAY4, expect=None, wait=1).returncode == 0, within=30)


def test_nothing_is_left_behind(site):
    site.gateway.sluice("cleanup")
    assert "wg-" not in site.gateway.ip("link show").stdout
    eventually("wireguard-go, whose device is gone, has ended",
               lambda: site.gateway.run("pgrep", "-f", "wireguard-go.* wg-home", expect=None).returncode == 1)
    assert not [name for name in ("keys", "network-keys") if (site.gateway.state / name).exists()]
