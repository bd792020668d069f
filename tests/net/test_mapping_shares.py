# SPDX-License-Identifier: GPL-2.0-or-later
"""One tenant has all addresses of its link, and asks by each of them: others get their ports, and are heard."""

import threading
import time

import mapping_site
import pytest
from lab import clients, eventually
from lab.mapping_client import SUCCESS, MappingClient
from lab.tenants import ECHO, OUTSIDE4, TENANT4, TENANT_GATEWAY4, TenantsLab

hook = mapping_site.hook
HOSTS = [f"10.0.0.{number}" for number in range(100, 200)]
ADDRESS = b"\0\0"   # that NAT-PMP asks for


@pytest.fixture(scope="module")
def engine():
    """Who is given what is the same with both."""
    return "ebpf"


@pytest.fixture(scope="module")
def site(lab):
    """Red is many hosts, blue is one."""
    site = TenantsLab(lab, ["red", "blue"])
    site.tenants["red"].addresses("eth0", *(f"{host}/24" for host in HOSTS))
    document = site.document()
    document["interfaces"]["blue"]["addresses"].append(f"{HOSTS[5]}/24")
    document["mapping_requests"] = {"from": ["red", "blue"], "ports": "40000-40019"}
    site.gateway.start_daemon()
    site.gateway.apply(document)
    eventually("requests are heard", lambda: not blue(site).silent(ADDRESS))
    return site


def blue(site):
    return MappingClient(site.tenants["blue"], TENANT4, TENANT_GATEWAY4)


def red(site):
    return [MappingClient(site.tenants["red"], host, TENANT_GATEWAY4) for host in HOSTS]


def test_what_is_the_gateways_own_in_another_vrf_is_a_host_here(site):
    assert not red(site)[5].silent(ADDRESS)


def test_all_ports_are_not_one_tenants(site):
    codes = [client.ask(9000, life=600).code for client in red(site)[:30]]
    asking = blue(site)
    answer = asking.ask(ECHO, life=600)
    assert answer.code == SUCCESS, f"red was told {codes}"
    assert clients.udp_peer(site.outside, answer.address, answer.port).address == OUTSIDE4
    assert codes.count(SUCCESS) == 15, "three quarters are for whoever comes first"


def test_a_flood_silences_nobody_else(site):
    """As messages that are answered at once, so that the daemon has no part in it."""
    flooding, over = red(site), threading.Event()
    for client in flooding:
        client.socket.setblocking(False)

    def flood():
        while not over.is_set():
            for client in flooding:
                try:
                    client.socket.send(ADDRESS)
                except OSError:
                    pass
            time.sleep(0.01)   # a hundred messages each, four times what all together may send
    thread = threading.Thread(target=flood)
    thread.start()
    try:
        time.sleep(3)   # what may come at once is used up
        asking = blue(site)
        unheard = [asking.silent(ADDRESS) for _ in range(20)]
    finally:
        over.set()
        thread.join()
    assert unheard.count(True) <= 1, f"{unheard.count(True)} of {len(unheard)} requests were not answered"
