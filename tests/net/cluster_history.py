# SPDX-License-Identifier: GPL-2.0-or-later
"""What was asked of a cluster and what it said, and what may not be true of that whatever failed meanwhile."""

from collections import Counter
from dataclasses import dataclass, field

DONE, NOTHING, UNKNOWN = "done", "nothing", "unknown"   # what an attempt was said to have come to


@dataclass
class Attempt:
    """One command that adds `owner`. `values` are what the owner was given, seen where and when it was done: by kind, several as a tuple."""

    owner: str
    node: str
    outcome: str
    is_there_already: bool = False   # why it was refused
    values: dict = field(default_factory=dict)


def complaints(attempts, ends):
    """All that is wrong. `ends`: for each node what it has at the end, {owner: {kind: value}}."""
    return [*_differences(ends), *_duplicates(ends), *_lost(attempts, ends), *_untrue(attempts, ends)]


def _differences(ends):
    nodes = sorted(ends)
    for node in nodes[1:]:
        for owner in sorted(ends[nodes[0]].keys() | ends[node].keys()):
            here, there = ends[nodes[0]].get(owner), ends[node].get(owner)
            if here != there:
                yield f"{owner} is {here} at {nodes[0]} and {there} at {node}"


def _duplicates(ends):
    for node, owners in ends.items():
        counted = Counter((kind, value) for given in owners.values() for kind in given for value in _values(given, kind))
        for (kind, value), times in counted.items():
            if times > 1:
                having = sorted(owner for owner, given in owners.items() if value in _values(given, kind))
                yield f"{kind} {value} is that of {' and '.join(having)} at {node}"


def _values(given, kind):
    value = given.get(kind, ())
    return value if isinstance(value, tuple) else (value,)


def _lost(attempts, ends):
    """What was acknowledged is there, with the values that it had then."""
    for attempt in attempts:
        if attempt.outcome != DONE:
            continue
        for node, owners in ends.items():
            if attempt.owner not in owners:
                yield f"{attempt.owner}, done at {attempt.node}, is not at {node}"
            elif attempt.values and owners[attempt.owner] != attempt.values:
                yield f"{attempt.owner}, done at {attempt.node}, was {attempt.values} and is {owners[attempt.owner]} at {node}"


def _untrue(attempts, ends):
    """What was said to have come to nothing is not there, unless it was asked for again and done."""
    by_owner = {}
    for attempt in attempts:
        by_owner.setdefault(attempt.owner, []).append(attempt)
    for owner, tried in by_owner.items():
        may_be_there = False
        for attempt in tried:
            if attempt.is_there_already and not may_be_there:
                yield f"{owner} was said to have come to nothing, and was there already at {attempt.node}"
            may_be_there |= attempt.outcome != NOTHING or attempt.is_there_already
        if not may_be_there:
            yield from (f"{owner} was said to have come to nothing, and is at {node}" for node, owners in ends.items() if owner in owners)
