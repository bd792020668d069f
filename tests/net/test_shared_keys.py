# SPDX-License-Identifier: GPL-2.0-or-later
"""A tunnel knows who sends by the key: no two endpoints of a network have the same one, wherever it is said, nor that of the gateway."""

import documents
import pytest
import ways
from lab.phones import own_runtime_directory
from moved_site import one_sentence

hook = ways.one_hook
INVALID, DEGRADED, OTHER_KEY = 3, 6, "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="
FILE = "keys/phones.key"


@pytest.fixture(scope="module")
def document(hook):
    return documents.home(hook) | {"wireguard": {"backend": "userspace"}}


@pytest.fixture
def gateway(restored, document):
    """A network, and a phone whose key the gateway made."""
    own_runtime_directory()
    restored.gateway.apply(with_endpoints(document, phone={}))
    return restored.gateway


def with_endpoints(document, **endpoints):
    return document | {"networks": {"home": {"type": "secure-internet", "endpoints": {
        name: {"type": "mobile"} | more for name, more in endpoints.items()}}}}


def key_of(gateway, name):
    return next(row["public_key"] for row in gateway.show("endpoints") if row["name"] == name)


def refused(gateway, *words):
    """And nothing was changed."""
    before = gateway.sluice("export").stdout, peers(gateway)
    sentence = one_sentence(gateway.sluice(*words, expect=INVALID))
    assert (gateway.sluice("export").stdout, peers(gateway)) == before
    return sentence


def peers(gateway):
    return sorted(gateway.run("wg", "show", "wg-home", "allowed-ips").stdout.splitlines())


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_one_file_is_one_key(gateway, document, verb):
    shared = with_endpoints(document, p={"key_file": FILE}, q={"key_file": FILE})
    sentence = refused(gateway, verb, gateway.write(shared))
    assert 'endpoint "q" (line ' in sentence and 'its key is that of endpoint "p" (line ' in sentence
    assert "a key of its own for each endpoint" in sentence


def test_a_client_does_not_come_with_a_key_that_the_gateway_made(gateway):
    made = key_of(gateway, "phone")
    sentence = refused(gateway, "endpoint", "add", "home", "laptop", "--type", "mobile", "--public-key", made)
    assert 'endpoint "laptop" (line ' in sentence and 'its key is that of endpoint "phone" (line ' in sentence


def test_nor_does_a_line_of_a_table(gateway, tmp_path):
    table = tmp_path / "phones.csv"
    table.write_text(f"name,type,public_key\ntablet,mobile,\nlaptop,mobile,{key_of(gateway, 'phone')}\n", encoding="utf-8")
    sentence = refused(gateway, "endpoint", "import", "home", table)
    assert 'endpoint "laptop"' in sentence and 'its key is that of endpoint "phone" (line ' in sentence


def test_nobody_has_the_gateways_own(gateway):
    own = gateway.run("wg", "show", "wg-home", "public-key").stdout.strip()
    sentence = refused(gateway, "endpoint", "add", "home", "laptop", "--type", "mobile", "--public-key", own)
    assert 'endpoint "laptop" (line ' in sentence and "its key is the gateway's own in that network" in sentence


def test_a_key_in_rotation_is_its_endpoints_until_the_new_one_is_heard(gateway):
    old = key_of(gateway, "phone")
    gateway.sluice("endpoint", "rotate", "home", "phone")
    new = gateway.json("endpoint", "history", "home", "phone")["versions"][-1]["public_key"]
    for key, whose in ((old, "still that of"), (new, "that of")):
        sentence = refused(gateway, "endpoint", "add", "home", "laptop", "--type", "mobile", "--public-key", key)
        assert f'its key is {whose} endpoint "phone" (line ' in sentence
    gateway.sluice("endpoint", "disable", "home", "phone")
    gateway.sluice("endpoint", "add", "home", "laptop", "--type", "mobile", "--public-key", old)   # of one that is out the newest key counts


def test_who_has_the_name_of_another_may_have_its_key(gateway, document):
    made = key_of(gateway, "phone")
    gateway.apply(with_endpoints(document, handset={"public_key": made}))
    assert key_of(gateway, "handset") == made


def test_a_machine_starts_with_what_is_stored(gateway, document):
    """A file may get the content of another one meanwhile."""
    gateway.apply(with_endpoints(document, p={"key_file": "keys/p.key"}, q={"key_file": "keys/q.key"}))
    gateway.run("cp", f"{gateway.state}/keys/p.key", f"{gateway.state}/keys/q.key")
    gateway.stop_daemon()
    gateway.start_daemon()
    told = gateway.json("status")["degraded"]
    assert any('its key is that of endpoint "p"' in sentence for sentence in told), told
    gateway.sluice("endpoint", "add", "home", "laptop", "--type", "mobile", "--public-key", OTHER_KEY, expect=DEGRADED)   # nothing else is held up by it
    gateway.apply(with_endpoints(document, p={"key_file": "keys/p.key"}))
    assert not any("its key is" in sentence for sentence in gateway.json("status")["degraded"])
