# SPDX-License-Identifier: GPL-2.0-or-later
"""Proofs that something does not pass: what was sent is counted, and what was sent after it arrives."""

import itertools
import json

from lab import eventually
from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.inet6 import IPv6, _ICMPv6Error

from .explained import assert_drop_explained

_marks = itertools.count(1)
UNREACHABLE, TIME_EXCEEDED = 3, 11


def mark():
    """A payload that no other packet has."""
    return b"sluice-conformance-%06d" % next(_marks)


def is_answer(packet):
    """What a router or a host sends to somebody whom it refuses."""
    if TCP in packet and "R" in packet[TCP].flags:
        return True
    return (ICMP in packet and packet[ICMP].type in (UNREACHABLE, TIME_EXCEEDED)) or any(
        isinstance(layer, type) and issubclass(layer, _ICMPv6Error) for layer in packet.layers())


def _is_for(packet, sent):
    """Whether it goes to the sender of `sent`."""
    kind = IPv6 if IPv6 in sent else IP
    return kind in packet and packet[kind].dst == sent[kind].src


def answers(sniffer, sent):
    return sniffer.matching(lambda packet: is_answer(packet) and _is_for(packet, sent))


def _send_marked(house, sender, packet):
    text = mark()
    house.inject(sender, packet / text)
    return text


def _sees(sniffer, text):
    sniffer.catch_up()
    return any(text in frame for frame in list(sniffer.frames))


def _await_count(gained, device, *reasons):
    def look():
        counted = gained.drops(device)
        found = [reason for reason in reasons if counted.get(reason)]
        assert found, f"counted is {counted}"
        return found[0]

    return eventually(f"{device} counts it as {' or '.join(reasons)}", look, within=3)


def assert_dropped(house, sender, packet, *reasons):
    """The packet is counted once, nobody sees it, and its sender hears nothing.

    Several reasons: engines know more or less of why, and name it by one of these.
    """
    device, gained = house.device_before(sender), house.gained()
    wires = {name: house.sniff(name) for name in {"lan", "wan", device}}
    text = _send_marked(house, sender, packet)
    reason = _await_count(gained, device, *reasons)
    house.sentinel(wires["lan"], wires["wan"])
    assert gained.drops(device) == {reason: 1}
    assert not any(_sees(wire, text) for wire in wires.values()), "the packet went through"
    heard = answers(wires[device], packet)
    assert not heard, f"the sender was answered: {heard[0].summary()}"
    assert_drop_explained(house, device, packet, reasons)


def assert_rejected(house, sender, packet, wanted, reason="reject"):
    """The packet goes nowhere, and its sender gets an answer for which wanted(answer) holds.

    Without a reason nothing is said about how it is counted.
    """
    lan, wan, gained = house.sniff("lan"), house.sniff("wan"), house.gained()
    device = house.device_before(sender)
    heard, others = (lan, wan) if device == "lan" else (wan, lan)
    text = _send_marked(house, sender, packet)
    answer = heard.wait_for("an answer", lambda p: is_answer(p) and _is_for(p, packet), within=3)
    if reason:
        _await_count(gained, device, reason)
        assert gained.drops(device) == {reason: 1}
        assert_drop_explained(house, device, packet, [reason])
    assert wanted(answer), answer.show(dump=True)
    house.sentinel(lan, wan)
    assert not _sees(others, text), "the packet went through"


def assert_silent(house, *sniffers, wanted):
    """Nothing of that kind was or is still on its way to these wires."""
    house.sentinel(*sniffers)
    for sniffer in sniffers:
        found = sniffer.matching(wanted)
        assert not found, f"{sniffer.name} saw {found[0].summary()}"


def _waiting_pieces(gateway):
    queues = gateway.run("bpftool", "-j", "map", "dump", "pinned", gateway.pins / "frag_queues", quiet=True).stdout
    return sum(queue["formatted"]["value"]["used"] for queue in json.loads(queues))


def let_pieces_go(house):
    """Pieces whose first one did not go on wait for it, and are counted two seconds later: not in the next scenario."""
    if house.variant.engine == "ebpf":
        eventually("no piece waits any more", lambda: _waiting_pieces(house.gateway) == 0)
