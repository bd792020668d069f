# SPDX-License-Identifier: GPL-2.0-or-later
"""The packet rates of all rows, interleaved: whatever disturbs the machine disturbs every row alike."""

from collections import Counter, defaultdict

from bench import lab_of, table_room
from disturbance import undisturbed, warning
from figures import add_ratios, summary
from gateways import Setting
from shell import BenchError

SIDES = {"out": "inside", "in": "outside"}   # who sends


class Rates:
    """Each measurement has a lab of its own: nothing else is sure to have forgotten all flows of those before."""

    def __init__(self, rows, options, say):
        self._options, self._say = options, say
        self._named = {row.name: row for row in rows}
        self.rows = list(rows)   # that can be measured
        self.problems = {}
        self.answers = defaultdict(list)   # (row, kind, flows): one answer per repetition
        self.drops = defaultdict(Counter)   # what the gateways themselves say: {row: {reason: packets}}

    def take(self):
        for repetition in range(self._options.repeat):
            for flows in self._options.flows:
                self._each(repetition, self._established, flows)
            if self._options.fresh:
                self._each(repetition, self._fresh)
            self._say(f"repetition {repetition + 1} of {self._options.repeat} done")

    def _each(self, repetition, act, *words):
        """A row that fails is out, with its reason; the others go on."""
        for row in rotated(self.rows, repetition):
            try:
                act(row, *words)
            except BenchError as error:
                self.problems[row.name] = str(error)
                self.rows.remove(row)
                self._say(f"{row.title}: {error}")

    def _established(self, row, flows):
        with self._lab_for(row, flows) as bench:
            bench.establish(flows)
            for kind, side in SIDES.items():
                self._keep(row, kind, flows, lambda side=side: bench.rate(side, flows, self._options.seconds))
            if drops := bench.gateway.drops():
                self.drops[row.name].update(drops)

    def _fresh(self, row):
        self._keep(row, "new", self._options.fresh, lambda: self._fresh_rate(row))

    def _fresh_rate(self, row):
        with self._lab_for(row, self._options.fresh) as bench:
            return bench.fresh(self._options.fresh)

    def _lab_for(self, row, flows):
        return lab_of(row, self._options, Setting(flows=table_room(flows), forwards=self._options.forwards))

    def _keep(self, row, kind, flows, measure):
        self.answers[row.name, kind, flows].append(undisturbed(measure, self._options.core))

    def warning(self):
        return warning([answer for answers in self.answers.values() for answer in answers])

    def cells(self):
        cells = {key: summary(answers) for key, answers in self.answers.items()}
        add_ratios(cells, self._named)
        return cells


def rotated(rows, by):
    """Each repetition starts with another row, so that none is always first after a pause."""
    by %= max(1, len(rows))
    return rows[by:] + rows[:by]
