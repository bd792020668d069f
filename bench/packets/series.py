# SPDX-License-Identifier: GPL-2.0-or-later
"""Measurements that need a new lab each time: rows interleaved, a row that fails is out with its reason."""

from collections import defaultdict

from bench import lab_of
from rates import rotated
from shell import BenchError


def series(rows, options, say, title, sample):
    """({row: one answer of `sample(row)` per repetition}, {row: why it is out})"""
    answers, problems = defaultdict(list), {}
    for repetition in range(options.repeat):
        for row in rotated([row for row in rows if row.name not in problems], repetition):
            try:
                answers[row.name].append(sample(row))
            except BenchError as error:
                problems[row.name] = str(error)
                say(f"{row.title}, {title}: {error}")
        say(f"{title}: repetition {repetition + 1} of {options.repeat} done")
    return answers, problems


def in_a_new_lab(options, setting, measure):
    """A sample for series(): what `measure(bench)` says of a row."""
    def sample(row):
        with lab_of(row, options, setting) as bench:
            return measure(bench)
    return sample
