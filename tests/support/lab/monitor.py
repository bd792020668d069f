# SPDX-License-Identifier: GPL-2.0-or-later
"""`sluice monitor`, and the lines that nobody has asked for yet."""

import json

from .wait import eventually


class Monitor:
    def __init__(self, gateway, *options):
        self.process = gateway.start_sluice("monitor", *options)
        self.read = 0

    def lines(self):
        whole = self.process.output().split("\n")[:-1]
        return [json.loads(line) for line in whole]

    def next(self, **wanted):
        """The next line of all, which has these fields."""
        eventually(f"a line comes, of {wanted}", lambda: len(self.lines()) > self.read)
        line = self.lines()[self.read]
        self.read += 1
        assert {name: line[name] for name in wanted} == wanted, line
        return line

    def find(self, within=20, **wanted):
        """The first line that has these fields; those before it are not asked for any more."""
        def found():
            for at, line in enumerate(self.lines()[self.read:], self.read):
                if {name: line.get(name) for name in wanted} == wanted:
                    self.read = at + 1
                    return line
            return None
        return eventually(f"a line comes, of {wanted}", found, within=within)

    def end(self):
        self.process.end()
