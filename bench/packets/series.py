# SPDX-License-Identifier: GPL-2.0-or-later
"""Measurements that need a new lab each time: rows interleaved, a row that fails is out with its reason."""

from collections import defaultdict
from itertools import count

from bench import Bench
from rates import rotated
from shell import BenchError

LABS = count(1)


def series(rows, options, say, title, setting, measure):
    """({row: one answer of `measure(bench)` per repetition}, {row: why it is out})"""
    answers, problems = defaultdict(list), {}
    for repetition in range(options.repeat):
        for row in rotated([row for row in rows if row.name not in problems], repetition):
            try:
                answers[row.name].append(in_a_new_lab(row, options, title, setting, measure))
            except BenchError as error:
                problems[row.name] = str(error)
                say(f"{row.title}, {title}: {error}")
        say(f"{title}: repetition {repetition + 1} of {options.repeat} done")
    return answers, problems


def in_a_new_lab(row, options, title, setting, measure):
    bench = Bench(row, options, name=f"{row.name}-{title}{next(LABS)}", setting=setting)
    try:
        return measure(bench)
    finally:
        bench.stop()
