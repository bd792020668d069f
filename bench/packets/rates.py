# SPDX-License-Identifier: GPL-2.0-or-later
"""The packet rates of all rows, interleaved: whatever disturbs the machine disturbs every row alike."""

from collections import defaultdict
from itertools import count

from bench import ROOM_TO_OPEN, Bench
from disturbance import undisturbed, warning
from figures import add_ratios, summary
from gateways import Setting
from shell import BenchError

SIDES = {"out": "inside", "in": "outside"}   # who sends
LABS = count(1)


class Rates:
    def __init__(self, rows, options, say):
        self._options, self._say = options, say
        self._named = {row.name: row for row in rows}
        self.problems = {}
        self.answers = defaultdict(list)   # (row, kind, flows): one answer per repetition
        self._benches = {}
        setting = Setting(flows=max(ROOM_TO_OPEN, 2 * max(*options.flows, options.fresh)))
        for row in rows:
            self._try(row, lambda row=row: self._benches.update({row: Bench(row, options, setting=setting)}))

    def _try(self, row, act):
        """A row that fails is out, with its reason; the others go on."""
        try:
            act()
        except BenchError as error:
            self.problems[row.name] = str(error)
            self._benches.pop(row, None)
            self._say(f"{row.title}: {error}")

    @property
    def rows(self):
        return list(self._benches)

    def bench(self, row):
        return self._benches[row]

    def take(self):
        for repetition in range(self._options.repeat):
            for flows in self._options.flows:
                for row in rotated(self.rows, repetition):
                    self._try(row, lambda row=row, flows=flows: self._established(row, flows))
            for row in rotated(self.rows, repetition) if self._options.fresh else ():
                self._try(row, lambda row=row: self._fresh(row))
            self._say(f"repetition {repetition + 1} of {self._options.repeat} done")

    def _established(self, row, flows):
        bench = self._benches[row]
        bench.establish(flows)
        for kind, side in SIDES.items():
            self._keep(row, kind, flows, lambda side=side: bench.rate(side, flows, self._options.seconds))
        bench.gateway.forget()

    def _fresh(self, row):
        flows = self._options.fresh
        self._keep(row, "new", flows, lambda: fresh_rate(row, flows, self._options))

    def _keep(self, row, kind, flows, measure):
        self.answers[row.name, kind, flows].append(undisturbed(measure, self._options.core))

    def drops(self):
        """What the gateways themselves say that they dropped: {row: {reason: packets}}, where they did."""
        found = {row.name: bench.gateway.drops() for row, bench in self._benches.items()}
        return {name: drops for name, drops in found.items() if drops}

    def warning(self):
        return warning([answer for answers in self.answers.values() for answer in answers])

    def cells(self):
        cells = {key: summary(answers) for key, answers in self.answers.items()}
        add_ratios(cells, self._named)
        return cells

    def stop(self):
        for bench in self._benches.values():
            bench.stop()


def fresh_rate(row, flows, options):
    """In a lab of its own, because nothing else is sure to have forgotten all flows."""
    bench = Bench(row, options, name=f"{row.name}-fresh{next(LABS)}")
    try:
        return bench.fresh(flows)
    finally:
        bench.stop()


def rotated(rows, by):
    """Each repetition starts with another row, so that none is always first after a pause."""
    by %= max(1, len(rows))
    return rows[by:] + rows[:by]
