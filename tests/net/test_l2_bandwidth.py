# SPDX-License-Identifier: GPL-2.0-or-later
"""`bandwidth.maximum` of a place of a LAN: its frames get it through the tunnel in both directions, and those of another place
do not pay for it.
"""

import documents
import pytest
import ways
from lab import clients, eventually, parts, services
from lab.phones import home_with_servers
from lab.places import Place, Plug

hook, engine = ways.hook, ways.engine   # of each way

RATE = 10   # Mbit/s
PLUG, BERLIN, PARIS = "10.9.0.1", "10.9.0.2", "10.9.0.3"


@pytest.fixture(scope="module", params=[("ebpf", "tc"), ("nftables", "tc")], ids="-".join)
def way(request):
    return request.param


@pytest.fixture(scope="module")
def home(lab, engine, hook):
    document = documents.carried_by(engine, hook)
    made = home_with_servers(lab, document)
    made.plug = Plug(made.lab, made.gateway, "eth3", PLUG)
    made.gateway.apply(document | {"networks": {"lan7": {
        "type": "l2-mesh", "expected_users": 6, "attach": ["eth3"], "endpoints": {
            "berlin": {"type": "cpe", "bandwidth": {"maximum": f"{RATE}mbit"}}, "paris": {"type": "cpe"}}}}})
    services.iperf_server(made.plug.host, parts.PORT)
    return made


def place(home, name, number, address):
    made = Place(home, "lan7", name, number, address)
    eventually("it answers", lambda: clients.ping(made.host, PLUG, expect=None, wait=1).returncode == 0)
    return made


@pytest.fixture(scope="module")
def berlin(home):
    return place(home, "berlin", 2, BERLIN)


@pytest.mark.parametrize("way_of_data", ["up", "down"])
def test_a_place_gets_its_maximum(berlin, way_of_data):
    assert not parts.gets(berlin.host, PLUG, RATE, *parts.CUBIC, *(["-R"] if way_of_data == "down" else []))


def test_another_place_is_faster(home, berlin):
    """Otherwise the tunnel, and not the limit, would be what is measured."""
    paris = place(home, "paris", 3, PARIS)
    assert max(parts.part(paris.host, PLUG, RATE, parts.SHORT, *parts.CUBIC) for _ in range(2)) > 1.3
