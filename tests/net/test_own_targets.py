# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing is led to the gateway itself, neither by a forward nor by a service, and whoever asks for that is told what would be right. An
address of the gateway is one in its VRF."""

import pytest
import ways
from lab.home import INSIDE4, LAN4, WAN4, WAN6
from moved_site import one_sentence

hook = ways.one_hook
INVALID, SEEN4 = 3, "192.0.2.77"


@pytest.fixture
def gateway(restored, document):
    restored.gateway.apply(document)
    return restored.gateway


def refused(gateway, *words):
    """And nothing was changed."""
    before = gateway.sluice("export").stdout
    sentence = one_sentence(gateway.sluice(*words, expect=INVALID))
    assert gateway.sluice("export").stdout == before
    return sentence


def forward_to(address):
    return ("forward", "add", "self", "--listen", WAN4, "--ports", "7000", "--to", address)


def with_service(document, address):
    return document | {"underlays": {"near": {"zone": "lan"}}, "services": {
        "self": {"listen": WAN4, "ports": 7000, "backends": [{"name": "one", "near": f"{address}:7001"}]}}}


@pytest.mark.parametrize("address, who", [(f"{LAN4}:7001", "lan"), (f"{WAN4}:7000", "wan")])
def test_no_forward_leads_to_an_address_of_the_document(gateway, address, who):
    sentence = refused(gateway, *forward_to(address))
    assert f"is the gateway's own ({who} has it)" in sentence and 'forward "self" (line ' in sentence
    assert 'a policy to "host"' in sentence


@pytest.mark.parametrize("listen, address", [(WAN4, "192.168.10.255:7001"), (WAN6, "[2001:db8:10::]:7001")])
def test_nor_to_one_that_a_network_has_together(gateway, listen, address):
    """What strangers send to a broadcast address, or to that of all routers, is heard by the gateway's own programs."""
    sentence = refused(gateway, "forward", "add", "self", "--protocol", "udp", "--listen", listen, "--ports", "7000", "--to", address)
    assert "is the gateway's own (all of the network of lan has it)" in sentence


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_no_service_does(gateway, document, verb):
    file = gateway.write(with_service(document, LAN4))
    assert refused_with_warning(gateway, verb, file).startswith(f'sluice: service "self" (line ')
    warned = gateway.sluice("check", file)
    assert f'{LAN4} is that of interface "lan" on line ' in warned.stdout + warned.stderr


def refused_with_warning(gateway, verb, file):
    return gateway.sluice(verb, file, expect=INVALID).stderr.strip().splitlines()[-1]


@pytest.fixture
def seen(gateway, document):
    """An address that somebody gave the machine, and the document does not say."""
    gateway.ip("address add", f"{SEEN4}/32", "dev lo")
    gateway.apply(document)   # with a look at the machine: edits go by what is known of it
    yield gateway
    gateway.ip("address del", f"{SEEN4}/32", "dev lo")


def test_nor_to_one_that_is_seen(seen):
    assert "is the gateway's own (lo has it)" in refused(seen, *forward_to(f"{SEEN4}:7001"))


def test_what_is_in_force_holds_up_nothing(gateway):
    """It may have been there before the address came."""
    gateway.sluice(*forward_to(f"{SEEN4}:7001"))
    gateway.ip("address add", f"{SEEN4}/32", "dev lo")
    try:
        gateway.stop_daemon()
        gateway.start_daemon()
        assert [row["name"] for row in gateway.show("forwards") if row["name"] == "self"] == ["self"]
        gateway.sluice("forward", "add", "other", "--listen", WAN4, "--ports", "7002", "--to", INSIDE4)
        gateway.sluice("forward", "remove", "other")
        gateway.sluice("forward", "remove", "self")
        refused(gateway, *forward_to(f"{SEEN4}:7001"))
    finally:
        gateway.ip("address del", f"{SEEN4}/32", "dev lo")


def test_the_same_address_in_another_vrf_is_somebody_elses(gateway, document):
    led = with_service(document, LAN4) | {"underlays": {"near": {"zone": "far"}}, "vrfs": {"blue": {"table": 1100}}}
    led["interfaces"] = led["interfaces"] | {"blue0": {"zone": "far", "vrf": "blue"}}
    gateway.sluice("plan", gateway.write(led))
