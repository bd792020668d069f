# SPDX-License-Identifier: GPL-2.0-or-later
"""The example for Ansible as it is shipped (config/examples/grid): what it renders carries requests where its variables say, and what
is refused or does not work changes nothing. Ansible runs where the operator is, outside, and speaks to the gateway's socket.
"""

import os
import re
import shutil
from pathlib import Path

import pytest
from grid_site import GRID, MESH, WAN4, WAN6, GridSite
from lab import Lab, servers
from lab.gateway import binaries

EXAMPLE = Path(__file__).resolve().parents[2] / "config" / "examples" / "grid"
FAILED = 2


class Playbook:
    """A copy of the example, of which words may be changed, and its runs."""

    def __init__(self, site):
        self.site, self.folder = site, site.lab.directory / "grid"
        shutil.copytree(EXAMPLE, self.folder)
        self.variables = self.folder / "group_vars" / "gateways.yml"
        self.environment = {**os.environ, "PATH": f"{binaries()}:{os.environ['PATH']}", "SLUICE_SOCKET": str(site.gateway.socket_path),
                            "HOME": str(site.lab.directory), "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCALHOST_WARNING": "False",
                            "LC_ALL": "C.UTF-8"}

    def say(self, name, value):
        text, count = re.subn(rf"^{name}:.*", f"{name}: {value}", self.variables.read_text("utf-8"), flags=re.M)
        assert count == 1, name
        self.variables.write_text(text, "utf-8")

    def run(self, *options, expect=0):
        return self.site.outside.run("env", *(f"{name}={value}" for name, value in self.environment.items()), "ansible-playbook",
                                     "-c", "local", "-i", self.folder / "inventory.yml", self.folder / "gateway.yml", *options,
                                     expect=expect).stdout


@pytest.fixture(scope="module")
def site():
    with Lab("tc") as lab:
        made = GridSite(lab)
        servers.tcp_peer_server(made.machines, 22)
        made.gateway.start_daemon()
        yield made


@pytest.fixture(scope="module")
def playbook(site):
    return Playbook(site)


def in_force(site):
    """What a change would change: the number, what became of it, and whether it waits to be confirmed."""
    status = site.gateway.json("status")
    return status["revision"], status["pending_confirmation"]


def asked(site, address, count=4):
    return {site.asked(address) for _ in range(count)}


def test_a_check_says_what_would_change_and_changes_nothing(site, playbook):
    before = in_force(site)
    told = playbook.run("--check")
    assert "changed=1" in told and "put the rules in force" in told
    assert in_force(site) == before and site.gateway.show("services") == []


def test_the_machines_are_published_and_a_second_run_has_nothing_to_do(site, playbook):
    assert "changed=3" in playbook.run()
    assert in_force(site)[1] is None
    assert site.gateway.json("history")["history"][0]["result"] == "confirmed"
    assert asked(site, WAN4) == {GRID["vm7"], GRID["vm8"]}
    assert asked(site, WAN6) == {GRID["vm7"], GRID["vm8"]}   # the preferred underlay, which is of the other family
    before = in_force(site)
    assert "changed=0" in playbook.run() and in_force(site) == before


@pytest.mark.parametrize("mode, who", [("overlay-only", {MESH["vm7"]}), ("wireguard-only", set(GRID.values()))])
def test_one_word_moves_all_to_another_underlay(site, playbook, mode, who):
    """Of either family, and so do clients of either; vm8 has one underlay."""
    playbook.say("NETWORK_MODE", mode)
    playbook.run()
    assert in_force(site)[1] is None
    assert asked(site, WAN4) == asked(site, WAN6) == who


def test_a_document_that_is_refused_changes_nothing(site, playbook):
    before = in_force(site)
    playbook.say("NETWORK_MODE", "overley-only")
    told = playbook.run(expect=FAILED)
    assert 'unknown underlay \\"overley\\"' in told and "overlay" in told
    playbook.say("NETWORK_MODE", "wireguard-only")
    assert in_force(site) == before and asked(site, WAN4) == {GRID["vm7"], GRID["vm8"]}


def test_what_does_not_answer_is_taken_back(site, playbook):
    before = in_force(site)
    told = playbook.run("--extra-vars", '{"services": {"web": {"port": 8081, "to": 9}}, "answers_within": 1}', expect=FAILED)
    assert "See from here that their ports answer" in told and f"{WAN4}:8081" in told
    assert in_force(site) == before and site.gateway.json("history")["history"][0]["result"] == "rolled-back"
    assert asked(site, WAN4) == {GRID["vm7"], GRID["vm8"]}
