# SPDX-License-Identifier: GPL-2.0-or-later
"""Grace periods of RCU are short while a document is put in force, and as they were afterwards, also when the daemon is killed."""

import json
from pathlib import Path

import pytest
import ways
from lab import eventually
from lab.gateway import RCU_NOTE as NOTE
from lab.gateway import RCU_SWITCH as SWITCH   # of the whole machine: gateways beside this one may hold it for a moment

hook = ways.one_hook

PODS = {f"p{number}": {"egress": {"default": "accept"}} for number in range(60)}

pytestmark = pytest.mark.skipif(not SWITCH.exists(), reason="the kernel has no rcu_expedited")


def note(home):
    return Path(home.gateway.state) / NOTE


def apply_until_seen(home, document):
    """The command that is still at work, with the switch set by this gateway. Another one may hold it, or have been killed with
    all that knew of it: tried again, from the beginning."""
    file = home.lab.directory / "pods.json"
    for attempt in range(20):
        SWITCH.write_text("0", encoding="ascii")
        file.write_text(json.dumps(document | {"pods": {} if attempt % 2 else PODS}), encoding="ascii")
        command = home.gateway.start_sluice("apply", file)
        while command.running():
            if note(home).exists() and SWITCH.read_text(encoding="ascii").startswith("1"):
                return command
        assert command.wait() == 0
    raise AssertionError("the switch was never set")


def is_as_it_was():
    return SWITCH.read_text(encoding="ascii").startswith("0")


def test_it_is_set_while_devices_come_and_go_and_not_afterwards(restored, document):
    assert apply_until_seen(restored, document).wait(60) == 0
    assert not note(restored).exists()
    eventually("the switch is as it was", is_as_it_was, within=30)


def test_what_a_killed_daemon_left_is_put_back_by_the_next(restored, document):
    command = apply_until_seen(restored, document)
    restored.gateway.daemon.kill()
    command.wait(60)
    assert note(restored).exists()
    restored.gateway.start_daemon()
    assert not note(restored).exists()
    eventually("the switch is as it was", is_as_it_was, within=30)
    restored.gateway.apply(document)
    assert not restored.gateway.show("pods")
