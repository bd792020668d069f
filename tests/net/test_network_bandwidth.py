# SPDX-License-Identifier: GPL-2.0-or-later
"""`bandwidth.maximum` of an endpoint, through its tunnel: TCP gets it in both directions, and so does UDP that sends twice as much.

What a busy machine made short runs again and for longer, as in test_tcp_limits.py.
"""

import json

import documents
import pytest
import ways
from lab import clients, eventually, services
from lab.home import OUTSIDE4
from lab.phones import Phone, home_with_servers

hook, engine = ways.hook, ways.engine   # of each way

WAYS = (("ebpf", "tc"), ("ebpf", "xdp"), ("nftables", "tc"))
RATE = 20   # Mbit/s
LEAST, MOST = 0.85, 1.1   # of it; headers are 4 % of what passes, and iperf3 does not count them
SHORT, LONG, AGAIN = (4, 1), (10, 2), 3   # seconds that count, and those before them; how often the long one
PORT = 5201


@pytest.fixture(scope="module", params=WAYS, ids="-".join)
def way(request):
    return request.param


@pytest.fixture(scope="module")
def site(lab, engine, hook):
    made = home_with_servers(lab, documents.carried_by(engine, hook) | {"networks": {
        "home": {"type": "secure-internet", "expected_users": 6, "endpoints": {
            "phone": {"type": "mobile", "bandwidth": {"maximum": f"{RATE}mbit"}}, "laptop": {"type": "mobile"}}}}})
    services.iperf_server(made.outside, PORT)
    yield made
    made.gateway.sluice("cleanup", expect=None)   # the next lab's tunnel has the same name


@pytest.fixture(scope="module")
def phone(site):
    made = Phone(site.gateway, site.neighbour("phone", 2), "home", "phone", "phone0").up()
    clients.ping(made.host, OUTSIDE4)
    return made


def answer(host, time, *options):
    """None while the server is still busy with the one before."""
    said = json.loads(host.run("iperf3", "-c", OUTSIDE4, "-p", PORT, "-t", time[0], "-O", time[1], "-J", *options,
                               expect=None, quiet=True).stdout)
    host.lab.log.say(f"iperf3: {said.get('error', 'done')}")
    return said["end"].get("sum_received")


def share(host, time, *options):
    """What arrived, as a part of the rate."""
    received = eventually("iperf3 measures", lambda: answer(host, time, *options), within=60)
    return received["bits_per_second"] / 1e6 / RATE


@pytest.mark.parametrize("kind", ["tcp", "udp"])
@pytest.mark.parametrize("way_of_data", ["up", "down"])
def test_an_endpoint_gets_its_maximum(phone, kind, way_of_data):
    options = [*(["-R"] if way_of_data == "down" else []), *(["-C", "cubic"] if kind == "tcp" else ["-u", "-b", f"{2 * RATE}M", "-l", 1200])]
    seen = []
    for time in (SHORT, *[LONG] * AGAIN):
        seen.append(share(phone.host, time, *options))
        phone.host.lab.log.say(f"{kind} {way_of_data}: {seen[-1]:.2f} of the rate")
        if LEAST <= seen[-1] <= MOST:
            return
    pytest.fail(f"{kind} {way_of_data}: parts of the rate: {seen}")


def test_who_has_no_maximum_is_faster(site, phone):
    """Otherwise the tunnel, and not the limit, would be what is measured."""
    laptop = Phone(site.gateway, site.neighbour("laptop", 3), "home", "laptop", "laptop0").up()
    assert max(share(laptop.host, SHORT, "-C", "cubic") for _ in range(2)) > 1.3
