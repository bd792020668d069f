# SPDX-License-Identifier: GPL-2.0-or-later
"""A STUN client finds out what the document says: the tests of RFC 5780 against a server with two addresses."""

import socket

import documents
import pytest
from lab import eventually
from lab.home import OTHER_OUTSIDE4, OUTSIDE4

PORT, OTHER_PORT = 3478, 3479
FILTERS = {
    "endpoint-independent": "Independent Mapping, Independent Filter",
    "address-dependent": "Independent Mapping, Address Dependent Filter",
    "address-and-port-dependent": "Independent Mapping, Port Dependent Filter",
}


@pytest.fixture(scope="module", autouse=True)
def stun_server(home):
    home.outside.start("stund", "-h", OUTSIDE4, "-a", OTHER_OUTSIDE4, "-p", PORT, "-o", OTHER_PORT)
    eventually("stund listens", lambda: f"{OTHER_OUTSIDE4}:{OTHER_PORT}" in home.outside.run("ss", "-lunH").stdout)


@pytest.fixture
def use(restored, hook):
    def apply(**masquerade):
        document = documents.home(hook)
        document["nat"]["masquerade"][0].update(masquerade)
        restored.gateway.apply(document)
    return apply


def classification(host, port):
    """What the client says of the gateway. Its exit status is that in numbers."""
    shown = host.run("stun", OUTSIDE4, "-p", port, expect=None).stdout
    return next(line for line in shown.splitlines() if line.startswith("Primary: ")).removeprefix("Primary: ").strip()


@pytest.mark.parametrize("filtering", FILTERS)
def test_the_filter_is_the_one_of_the_document(home, use, filtering):
    use(filtering=filtering)
    found = classification(home.inside, 41000)
    assert found == f"{FILTERS[filtering]}, preserves ports, will hairpin"


def test_without_a_word_the_mapping_is_independent_and_the_filter_strict(home):
    assert classification(home.inside, 41100).startswith(FILTERS["address-and-port-dependent"])


def test_an_independent_mapping_is_one_under_contention_too(home):
    hold(home.second, 41200)
    found = classification(home.inside, 41200)
    assert found.startswith("Independent Mapping") and "preserves ports" not in found


def test_a_mapping_per_destination_is_found_out(home, use):
    use(mapping="per-destination")
    hold(home.second, 41300)
    assert classification(home.inside, 41300).startswith("Dependent Mapping")


def hold(host, port):
    """The host talks from that port to the server's other address: towards it the port is taken for others."""
    speaker = host.socket(kind=socket.SOCK_DGRAM)
    speaker.bind(("", port))
    binding_request = b"\x00\x01\x00\x00" + bytes(range(16))
    speaker.sendto(binding_request, (OTHER_OUTSIDE4, PORT))
    assert speaker.recv(1000)[:2] == b"\x01\x01"
