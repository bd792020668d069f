# SPDX-License-Identifier: GPL-2.0-or-later
"""Who answers a check in a backend's place, or makes errors up, changes nothing unless he has seen the SYN; a flood of that costs no more than a filter."""

import random

import half_open_site
import pytest
from half_open_site import (PATIENT, RST, RST_ACK, SYN_ACK, TARGETS, TCP, asks, await_states, firewalled, forged, is_down, listening,
                            rows_of, served, unreachable)
from lab import eventually
from lab.helper_process import children_of, status_of
from lab.home import INSIDE4

hook, document = half_open_site.hook, half_open_site.document


@pytest.mark.parametrize("name", TARGETS)
def test_only_who_has_seen_the_syn_can_answer_it(restored, hook, name):
    gateway, inside, address = restored.gateway, restored.inside, TARGETS[name]
    gateway.apply(served(hook, targets={name: address}, **PATIENT))
    injector = inside.injector("eth0", gateway.mac("lan"))
    with firewalled(inside, "drop"):
        await_states(gateway, **{name: "down"})
        sniffer = inside.sniff("eth0")
        question = sniffer.wait_for("a check", lambda packet: asks(packet, address))
        near_misses = [question[TCP].seq + miss for miss in (0, 2, -1, 1 << 31, 257)]
        for _ in range(20):   # each of them may be in time for the next check
            injector.send(*(forged(question, SYN_ACK, number) for number in near_misses),
                          *(forged(question, SYN_ACK, random.getrandbits(32)) for _ in range(100)))
        fresh = inside.sniff("eth0")   # whoever reads all of that flood is too late for the next check
        eventually("it was asked again", lambda: len(fresh.matching(lambda packet: asks(packet, address))) > 4)
        assert rows_of(gateway)[name]["state"] == "down"

        def the_last_is_answered():
            last = fresh.matching(lambda packet: asks(packet, address))[-1]
            injector.send(forged(last, SYN_ACK, last[TCP].seq + 1))
            return rows_of(gateway)[name]["state"] == "up"
        eventually("who is on the path can", the_last_is_answered)


@pytest.mark.parametrize("name", TARGETS)
def test_nobody_else_can_refuse_for_it(restored, hook, name):
    gateway, inside, address = restored.gateway, restored.inside, TARGETS[name]
    gateway.apply(served(hook, targets={name: address}, **PATIENT))
    injector = restored.second.injector("eth0", gateway.mac("lan"))
    sniffer = inside.sniff("eth0")
    with listening(inside):
        await_states(gateway, **{name: "up"})
        told = is_down(gateway, name)
        question = sniffer.wait_for("a check", lambda packet: asks(packet, address))
        asked = len(sniffer.matching(lambda packet: asks(packet, address)))
        while len(sniffer.matching(lambda packet: asks(packet, address))) < asked + 5:
            injector.send(*(forged(question, RST_ACK, random.getrandbits(32)) for _ in range(50)),
                          *(forged(question, RST, 0, random.getrandbits(32)) for _ in range(50)),
                          *(unreachable(question, random.getrandbits(32)) for _ in range(50)))
        assert rows_of(gateway)[name]["state"] == "up"
        assert is_down(gateway, name) == told


def times_woken(pid):
    return int(status_of(pid)["voluntary_ctxt_switches"])


def test_a_flood_of_answers_that_are_made_up_ends_in_the_kernel(restored, hook):
    """One in 256 has low bits that may be right. Without the filter 3,000 of them woke who asks."""
    gateway, inside, many = restored.gateway, restored.inside, 20_000
    gateway.apply(served(hook, targets={"four": INSIDE4}, interval="2s", timeout="1s"))
    [asking] = children_of(gateway.daemon.pid)
    injector = inside.injector("eth0", gateway.mac("lan"))
    sniffer = inside.sniff("eth0")
    with listening(inside):
        question = sniffer.wait_for("a check", asks)
        restored.lab.end_sniffer(sniffer)
        frames = [bytes(injector.link / forged(question, SYN_ACK, random.getrandbits(32))) for _ in range(2000)]
        before = times_woken(asking)
        for number in range(many):
            injector.send_frame(frames[number % len(frames)])
        assert times_woken(asking) - before < many / 20
        assert rows_of(gateway)["four"]["state"] == "up"
