# SPDX-License-Identifier: GPL-2.0-or-later
"""`plan` tells what an apply will change beside the packet path, and says so by the document's keys; afterwards it has nothing to do."""

import documents
import pytest
import ways
from lab import HomeLab

hook = ways.one_hook
DONE, DIFFERENT = 0, 8
SECTIONS = {
    "ssh": {"interface": "wan", "users": {"alice": "192.168.10.2"}},
    "metrics": {"listen": "127.0.0.1:9469"},
    "web": {"listen": "127.0.0.1:8468", "token_file": "web.token"},
    "nat_log": {"collectors": [{"name": "archive", "to": "203.0.113.9"}]},
    "mapping_requests": {"from": "lan"},
}
SERVICE = {"listen": "203.0.113.1", "ports": 8081, "backends": [{"name": "one", "near": "192.168.10.2:80"}]}
NETWORK = {"type": "l3vpn", "routing": {"bgp": {"asn": 65001}}}
OTHERS = {"underlays": {"near": {"zone": "lan"}}, "services": {"pages": SERVICE}, "networks": {"corp": NETWORK}}
CHANGES = [
    ("ssh", {"interface": "wan", "users": {"alice": "192.168.10.2", "bob": "192.168.10.3"}}, "change ssh: user bob"),
    ("ssh", {"interface": "wan", "users": {"alice": "192.168.10.2"}, "rate": "200pps"}, "change ssh: rate"),
    ("metrics", {"listen": "127.0.0.1:9470"}, "change metrics: listen"),
    ("web", {"listen": "127.0.0.1:8468", "token_file": "web.token", "allow": ["rollback"]}, "change web: allow"),
    ("nat_log", {"collectors": [{"name": "archive", "to": "203.0.113.9", "protocol": "tcp"}]}, "change nat_log: collector archive"),
    ("mapping_requests", {"from": "lan", "lifetime": "1h"}, "change mapping_requests: lifetime"),
]


@pytest.fixture(scope="module")
def home(lab):
    made = HomeLab(lab)
    made.gateway.start_daemon()
    (made.gateway.state / "web.token").write_text("a-token-of-sixteen-characters\n", encoding="ascii")
    return made


@pytest.fixture(scope="module")
def document(hook):
    return documents.home(hook) | SECTIONS


def planned(gateway, document, expect=DIFFERENT):
    """The same in the text and in JSON."""
    file = gateway.write(document)
    text = gateway.sluice("plan", "--exit-code", file, expect=expect).stdout
    steps = [step["text"] for step in gateway.json("plan", file)["steps"]]
    told = [row for row in text.splitlines() if not row.startswith("note: ")]
    assert told == ([f"{number:>{len(str(len(steps)))}}. {step}" for number, step in enumerate(steps, 1)] or ["nothing to do"])
    return steps


@pytest.mark.parametrize("key", SECTIONS)
def test_a_section_that_comes_or_goes_is_planned(home, document, key):
    without = {name: value for name, value in document.items() if name != key}
    home.gateway.apply(without)
    assert planned(home.gateway, document)[-1] == f"start {key}"
    home.gateway.apply(document)
    assert planned(home.gateway, document, expect=DONE) == []
    assert planned(home.gateway, without)[-1] == f"stop {key}"


@pytest.mark.parametrize("key,value,told", CHANGES)
def test_of_a_change_it_is_planned_what(home, document, key, value, told):
    home.gateway.apply(document)
    changed = document | {key: value}
    assert planned(home.gateway, changed)[-1] == told
    assert told in home.gateway.apply(changed).stdout, "an apply says that it was done"
    assert planned(home.gateway, changed, expect=DONE) == []


@pytest.mark.parametrize("key,value,told", [
    ("services", {"pages": SERVICE | {"health": {"type": "tcp"}}}, "change service pages: health"),
    ("networks", {"corp": NETWORK | {"routing": {"bgp": {"asn": 65002}}}}, "change network corp: routing"),
    ("networks", {"corp": NETWORK | {"endpoint": "vpn.example.org:51820"}}, "change network corp: endpoint"),
], ids=str)
def test_what_is_asked_announced_and_told_is_planned(home, hook, key, value, told):
    before = documents.home(hook) | OTHERS
    home.gateway.apply(before)
    assert planned(home.gateway, before, expect=DONE) == []
    assert told in planned(home.gateway, before | {key: value})
