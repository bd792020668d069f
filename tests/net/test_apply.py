# SPDX-License-Identifier: GPL-2.0-or-later
"""Apply is a transaction that disturbs nobody whom it still allows."""

import json

import documents
import pytest
import ways
from lab import clients, servers, snapshot
from lab.download import Download
from lab.home import INSIDE4, LAN4, OUTSIDE4, WAN4

hook = ways.one_hook

ROLLED_BACK, INVALID, DIFFERENT = 7, 3, 8


@pytest.fixture(scope="module", autouse=True)
def servers_run(home):
    servers.endless_server(home.outside, 9000)
    servers.tcp_peer_server(home.outside, 7000)
    servers.tcp_peer_server(home.inside, 8080)


@pytest.fixture
def spare(restored):
    """A third device of the gateway, on which the kernel refuses IPv6 addresses."""
    restored.lab.wire((restored.gateway, "spare"), (restored.outside, "spare"))
    restored.gateway.sysctl("net/ipv6/conf/spare/disable_ipv6", "1")
    yield "spare"
    restored.gateway.ip("link del spare")


def with_spare(hook, *addresses):
    document = documents.home(hook)
    document["interfaces"]["spare"] = documents.interface("guests", hook, *addresses)
    return document


def test_a_second_apply_plans_nothing(home, document):
    file = home.gateway.write(document)
    home.gateway.sluice("plan", "--exit-code", file)
    before = snapshot.take(home.gateway)
    assert home.gateway.json("apply", file)["steps"] == []
    assert snapshot.differences(before, snapshot.take(home.gateway)) == []


def test_the_longest_name_is_found_again(restored, hook):
    document = documents.home(hook)
    document["policies"][0]["name"] = "n" * 63
    restored.gateway.apply(document)
    restored.gateway.sluice("plan", "--exit-code", restored.gateway.write(document))


def test_a_changed_document_plans_something(home, hook):
    file = home.gateway.write(documents.without_forward(documents.home(hook), "web"))
    home.gateway.sluice("plan", "--exit-code", file, expect=DIFFERENT)


def test_a_download_survives_twenty_applies(restored, hook, document):
    download = Download(restored.inside, OUTSIDE4, 9000)
    for _ in range(10):
        restored.gateway.apply(documents.without_forward(documents.home(hook), "web"))
        restored.gateway.apply(document)
    assert download.goes_on()


def test_new_connections_never_fail_while_documents_are_applied(restored, hook, document):
    for _ in range(5):
        restored.gateway.apply(documents.without_forward(documents.home(hook), "range"))
        assert clients.tcp_peer(restored.outside, WAN4, 80).address == OUTSIDE4
        restored.gateway.apply(document)
        assert clients.tcp_peer(restored.inside, OUTSIDE4, 7000).address == WAN4


def test_counters_of_kept_objects_survive(restored, hook):
    def packets():
        return next(row["packets"] for row in restored.gateway.show("policies") if row["name"] == "lan-out")

    clients.tcp_peer(restored.inside, OUTSIDE4, 7000)
    before = packets()
    changed = documents.home(hook)
    first = documents.policy("first", "lan", "internet", "drop", protocol="tcp", ports=99)
    changed["policies"].insert(0, first)
    restored.gateway.apply(changed)
    assert packets() >= before > 0


def test_addresses_are_put_on_and_taken_off(restored, hook):
    changed = documents.home(hook)
    changed["interfaces"]["lan"]["addresses"].append("192.168.77.1/24")
    restored.gateway.apply(changed)
    assert restored.gateway.has_address("lan", "192.168.77.1/24")
    restored.gateway.apply(documents.home(hook))
    assert not restored.gateway.has_address("lan", "192.168.77.1/24")
    assert restored.gateway.has_address("lan", f"{LAN4}/24")


def test_an_address_that_sluice_did_not_put_there_stays(restored, hook):
    restored.gateway.addresses("lan", "192.168.78.1/24")
    restored.gateway.apply(documents.home(hook))
    changed = documents.home(hook)
    changed["interfaces"]["lan"]["addresses"].append("192.168.79.1/24")
    restored.gateway.apply(changed)
    restored.gateway.apply(documents.home(hook))
    assert restored.gateway.has_address("lan", "192.168.78.1/24")
    restored.gateway.ip("addr del 192.168.78.1/24 dev lan")


def test_a_failed_apply_restores_the_earlier_state(restored, hook, spare):
    earlier = with_spare(hook, "192.168.80.1/24")
    restored.gateway.apply(earlier)
    refused = documents.without_forward(with_spare(hook, "192.168.81.1/24", "2001:db8:81::1/64"), "web")
    done = restored.gateway.apply(refused, expect=ROLLED_BACK)
    assert "2001:db8:81::1" in done.stderr and spare in done.stderr, "the message does not name the step"
    assert restored.gateway.has_address(spare, "192.168.80.1/24")
    assert not restored.gateway.has_address(spare, "192.168.81.1/24")
    assert clients.tcp_peer(restored.outside, WAN4, 80).address == OUTSIDE4
    restored.gateway.sluice("plan", "--exit-code", restored.gateway.write(earlier))


def test_an_invalid_document_changes_nothing(home, hook):
    before = home.gateway.json("status")["revision"]
    broken = documents.home(hook)
    broken["policies"][0]["from"] = "nowhere"
    done = home.gateway.apply(broken, expect=INVALID)
    assert "nowhere" in done.stderr
    assert home.gateway.json("status")["revision"] == before


def test_the_document_in_force_is_exported_word_for_word(restored, document):
    text = "// why: the house\n" + json.dumps(document)
    restored.gateway.apply(text)
    assert restored.gateway.sluice("export").stdout.rstrip("\n") == text


def test_a_thousand_forwards_are_applied_in_a_moment(restored, hook):
    many = documents.home(hook)
    many["nat"]["forwards"] += [documents.forward(f"f{port}", "203.0.113.1", port, f"{INSIDE4}:8080")
                                for port in range(40000, 41000)]
    restored.gateway.apply(many)
    assert clients.tcp_peer(restored.outside, WAN4, 40999).address == OUTSIDE4
