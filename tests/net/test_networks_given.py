# SPDX-License-Identifier: GPL-2.0-or-later
"""What networks and endpoints were given stays theirs, also where the document does not say it, and nobody gets what is another's."""

import documents
import pytest
import ways
from lab.home import INSIDE4
from lab.phones import own_runtime_directory
from moved_site import one_sentence

hook = ways.one_hook
INVALID = 3


@pytest.fixture(scope="module")
def document(hook):
    return documents.home(hook) | {"wireguard": {"backend": "userspace"}}


@pytest.fixture
def gateway(restored, document):
    """A network, and a phone whose configuration somebody has."""
    own_runtime_directory()
    restored.gateway.apply(document)
    restored.gateway.sluice("network", "add", "home", "--type", "secure-internet", "--users", "6")
    add(restored.gateway, "phone")
    return restored.gateway


def add(gateway, name, *more, expect=0):
    return gateway.sluice("endpoint", "add", "home", name, "--type", "mobile", "--generate", *more, expect=expect)


def private_key(gateway, name="phone"):
    lines = gateway.sluice("endpoint", "config", "home", name).stdout.splitlines()
    return next(line.partition(" = ")[2] for line in lines if line.startswith("PrivateKey"))


def address_of(gateway, name):
    return next(row["address"] for row in gateway.show("endpoints") if row["name"] == name)


def forward(gateway, ports, expect=0):
    return gateway.sluice("forward", "add", "rtp", "--listen", "wan", "--protocol", "udp", "--ports", ports, "--to", INSIDE4, expect=expect)


def test_no_forward_takes_the_port(gateway):
    before = gateway.sluice("export").stdout
    refused = one_sentence(forward(gateway, "50000-52000", expect=INVALID))
    assert 'UDP port 51820, which it was given, is taken by forward "rtp"' in refused
    assert gateway.sluice("export").stdout == before
    forward(gateway, "52000-52010")


def test_a_network_is_given_none_that_a_forward_has(gateway):
    forward(gateway, "51821-51824")
    gateway.sluice("network", "add", "shop", "--type", "secure-internet")
    assert {row["name"]: row["port"] for row in gateway.show("networks")} == {"home": 51820, "shop": 51825}


@pytest.mark.parametrize("address, why", [
    ("10.100.0.2", 'is that of endpoint "phone"'), ("10.100.0.1", "is the gateway's own"),
    ("10.100.0.99", "is no address of 10.100.0.0/29"), (INSIDE4, "is no address of 10.100.0.0/29"),
    ("10.100.0.0", "is no address of 10.100.0.0/29")])
def test_nobody_is_given_an_address_of_somebody_else(gateway, address, why):
    before, told = gateway.sluice("export").stdout, address_of(gateway, "phone")
    assert why in one_sentence(add(gateway, "laptop", "--address", address, expect=INVALID))
    assert gateway.sluice("export").stdout == before and address_of(gateway, "phone") == told == "10.100.0.2"


def test_an_address_that_is_free_is_had(gateway):
    add(gateway, "laptop", "--address", "10.100.0.4")
    add(gateway, "tablet")
    assert [address_of(gateway, name) for name in ("laptop", "tablet")] == ["10.100.0.4", "10.100.0.3"]


def test_a_phone_that_was_lost_stays_out_when_the_next_one_has_its_name(gateway):
    lost = private_key(gateway)
    gateway.sluice("endpoint", "remove", "home", "phone")
    add(gateway, "phone")
    kept = private_key(gateway)
    assert kept != lost
    add(gateway, "phone")
    assert private_key(gateway) == kept, "it was there already"


def test_a_refusal_leaves_the_earlier_key(gateway):
    lost = private_key(gateway)
    gateway.sluice("endpoint", "remove", "home", "phone")
    add(gateway, "phone", "--address", "10.100.0.99", expect=INVALID)
    gateway.sluice("rollback")
    assert private_key(gateway) == lost


@pytest.mark.parametrize("address, why", [
    ("10.9.9.9", "10.9.9.9 is no address of 10.100.0.0/29"), ("10.100.0.1", "10.100.0.1 is the gateway's own"),
    ("10.100.0.2", '10.100.0.2 is that of endpoint "phone"')])
def test_who_imports_a_table_is_told_its_lines(gateway, tmp_path, address, why):
    assert f'line 3: endpoint "x-2" of network "home": {why}' in imported(gateway, tmp_path, "x1,mobile,\n", f"x-2,mobile,{address}\n")


def test_also_where_the_document_says_the_subnet(gateway, document, tmp_path):
    gateway.apply(document | {"networks": {"home": {"type": "secure-internet", "subnet": "10.100.0.0/29"}}})
    refused = imported(gateway, tmp_path, "x1,mobile,\n", "x-2,mobile,10.9.9.9\n")
    assert 'line 3: endpoint "x-2": 10.9.9.9 is not in 10.100.0.0/29' in refused


def test_and_which_of_them_have_no_address_left(gateway, tmp_path):
    refused = imported(gateway, tmp_path, *(f"x{number},mobile,\n" for number in range(1, 7)))
    assert 'line 7: endpoint "x6" of network "home": no address is left in 10.100.0.0/29' in refused and "line 6" not in refused


def imported(gateway, folder, *rows):
    table = folder / "people.csv"
    table.write_text("name,type,address\n" + "".join(rows), encoding="utf-8")
    return gateway.sluice("endpoint", "import", "home", table, expect=INVALID).stderr


def test_a_network_is_shown_alone(gateway):
    gateway.sluice("network", "add", "shop", "--type", "secure-internet")
    row = gateway.json("network", "show", "shop")
    assert row["schema_version"] == 1 and row["name"] == "shop" and row["subnet"].startswith("10.100.")
    lines = gateway.sluice("network", "show", "home").stdout.splitlines()
    assert len(lines) == 2 and lines[0].startswith("NETWORK") and lines[1].split()[0] == "home"
    assert 'there is no network "home2"' in one_sentence(gateway.sluice("network", "show", "home2", expect=2))


def test_a_larger_network_of_the_same_name_has_a_larger_subnet(gateway):
    gateway.sluice("network", "remove", "home")
    gateway.sluice("network", "add", "home", "--type", "secure-internet", "--users", "60")
    assert [row["subnet"] for row in gateway.show("networks")][0].endswith("/26")
