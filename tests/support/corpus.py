# SPDX-License-Identifier: GPL-2.0-or-later
"""The documents that are kept for tests, and variations by chance: the same seed gives the same ones."""

import copy
import json
import random
import re
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
FOLDERS = ("tests/golden/documents/good", "config/examples")
STRING_OR_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.S)
LISTS = ("policies",)
NAT_LISTS = ("masquerade", "static", "forwards")


def parsed(text):
    """A document as a dictionary; comments go."""
    return json.loads(STRING_OR_COMMENT.sub(lambda found: found[1] or "", text.lstrip("\ufeff")))


def kept():
    """All of them, in the same order everywhere."""
    files = sorted(file for folder in FOLDERS for file in (TREE / folder).glob("*.json"))
    return [parsed(file.read_text(encoding="utf-8")) for file in files]


def mixed(one, other, chance):
    """The interfaces of the one, and some of what the other says about them."""
    made = copy.deepcopy(one)
    if chance.random() < 0.7:
        made.setdefault("sets", {}).update(other.get("sets", {}))
        for key in LISTS:
            _join(made, other, key, chance)
        if "nat" in other:
            nat = made.setdefault("nat", {})
            for key in NAT_LISTS:
                _join(nat, other["nat"], key, chance)
    if chance.random() < 0.5 and "timeouts" in other:
        made["timeouts"] = other["timeouts"]
    return made


def _join(made, other, key, chance):
    """Both lists in any order; who has a name already gets another one."""
    rows = copy.deepcopy(made.get(key, []))
    for row in other.get(key, []):
        if chance.random() < 0.6:
            rows.insert(chance.randint(0, len(rows)), {**row, "name": f"{row['name']}-{len(rows)}"})
    if rows:
        made[key] = rows


def changed(document, chance):
    """Some numbers of its rules are others; most documents stay valid."""
    for forward in document.get("nat", {}).get("forwards", []):
        if chance.random() < 0.3 and isinstance(forward.get("ports"), int):
            forward["ports"] = chance.randint(1, 65535)
    for policy in document.get("policies", []):
        if chance.random() < 0.3:
            policy["action"] = chance.choice(["accept", "drop", "reject"])
    return document


def without_hooks(document):
    """For every engine: hooks are eBPF's."""
    for row in document.get("interfaces", {}).values():
        row.pop("hook", None)
    return document


def candidates(seed):
    """Documents without end, most of them valid."""
    chance, documents = random.Random(seed), kept()
    while True:
        one, other = chance.choice(documents), chance.choice(documents)
        yield without_hooks(changed(mixed(one, other, chance), chance))
