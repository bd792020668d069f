# SPDX-License-Identifier: GPL-2.0-or-later
"""`bandwidth.maximum` of an endpoint, through its tunnel: TCP gets it in both directions, and so does UDP that sends twice as much."""

import documents
import pytest
import ways
from lab import clients, parts, services
from lab.home import OUTSIDE4
from lab.phones import Phone, home_with_servers

hook, engine = ways.hook, ways.engine   # of each way

WAYS = (("ebpf", "tc"), ("ebpf", "xdp"), ("nftables", "tc"))
RATE = 20   # Mbit/s


@pytest.fixture(scope="module", params=WAYS, ids="-".join)
def way(request):
    return request.param


@pytest.fixture(scope="module")
def site(lab, engine, hook):
    made = home_with_servers(lab, documents.carried_by(engine, hook) | {"networks": {
        "home": {"type": "secure-internet", "expected_users": 6, "endpoints": {
            "phone": {"type": "mobile", "bandwidth": {"maximum": f"{RATE}mbit"}}, "laptop": {"type": "mobile"}}}}})
    services.iperf_server(made.outside, parts.PORT)
    return made


@pytest.fixture(scope="module")
def phone(site):
    made = Phone(site.gateway, site.neighbour("phone", 2), "home", "phone", "phone0").up()
    clients.ping(made.host, OUTSIDE4)
    return made


@pytest.mark.parametrize("kind", ["tcp", "udp"])
@pytest.mark.parametrize("way_of_data", ["up", "down"])
def test_an_endpoint_gets_its_maximum(phone, kind, way_of_data):
    options = [*(["-R"] if way_of_data == "down" else []),
               *(parts.CUBIC if kind == "tcp" else ["-u", "-b", f"{2 * RATE}M", "-l", 1200])]
    assert not parts.gets(phone.host, OUTSIDE4, RATE, *options)


def test_who_has_no_maximum_is_faster(site, phone):
    """Otherwise the tunnel, and not the limit, would be what is measured."""
    laptop = Phone(site.gateway, site.neighbour("laptop", 3), "home", "laptop", "laptop0").up()
    assert max(parts.part(laptop.host, OUTSIDE4, RATE, parts.SHORT, *parts.CUBIC) for _ in range(2)) > 1.3
