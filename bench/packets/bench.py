# SPDX-License-Identifier: GPL-2.0-or-later
"""One row of the benchmark, ready to be measured: a lab, its gateway and its agent."""

import contextlib
import os
from itertools import count

from agent import agent_for
from gateways import Setting
from lab import Lab
from shell import BenchError

CHUNK = 2048   # flows that are opened before they are answered: those of one host have a small part of the quota
ROOM_BY_DEFAULT = 1 << 18   # what sluice takes by itself on a machine of 16 GB; so many may wait for an answer in it
TTL = 64
LABS = count(1)


def table_room(flows):
    """In the table, so that so many can be established."""
    return max(ROOM_BY_DEFAULT, 2 * flows)


class Bench:
    def __init__(self, row, options, name=None, setting=Setting()):
        self.row = row
        self._lab = Lab(name or row.name, direct=row.direct, addresses=row.addresses)
        self._lab.ready_for_packets()
        self.gateway = row.gateway(self._lab, options, setting)
        self.agent = agent_for(os.path.join(options.bin, "sluice-bench-packets"), self._lab, options.core,
                               translated=row.translated, ttl=TTL - row.hops, ceiling=row.ceiling,
                               vlan=row.vlan, tunnel=row.tunnel)

    @property
    def netns(self):
        return self._lab.gateway

    def stop(self):
        self.agent.stop()
        self.gateway.stop()
        self._lab.remove()

    def establish(self, flows):
        """Opens every flow and answers it, looking at every byte that arrives."""
        for first in range(0, flows, CHUNK):
            count = min(CHUNK, flows - first)
            for side in ("inside", "outside"):
                self._check(self.agent.ask("send", **{"from": side}, flows=flows, first=first, count=count,
                                           verify=True), side, count)

    def _check(self, answer, side, count):
        wrong = [f"{answer[key]} with {text}" for key, text in (
            ("bad_flow", "addresses or ports of no flow"), ("bad_ttl", "another TTL or hop limit"),
            ("bad_checksum", "a wrong checksum or header")) if answer[key]]
        if answer["as_expected"] < answer["received"]:
            wrong.append(f"{answer['received'] - answer['as_expected']} with another address")
        if answer["distinct_flows"] < count:
            wrong.append(f"only {answer['distinct_flows']} flows")
        if wrong:
            raise BenchError(f"{self.row.title}: of {count} packets, one per flow, sent from the {side} "
                             f"arrived {', '.join(wrong)}")

    def rate(self, side, flows, seconds):
        """Packets per second of established flows."""
        return self.agent.ask("rate", **{"from": side}, flows=flows, seconds=seconds)

    def fresh(self, flows, first=0):
        """One packet for each of so many flows that the gateway has not seen before."""
        return self.agent.ask("send", **{"from": "inside"}, flows=first + flows, first=first, count=flows)

    def arrivals(self, side, flows, first=0):
        """How many of so many flows pass a packet each, with the addresses that the translation must give."""
        answer = self.agent.ask("send", **{"from": side}, flows=first + flows, first=first, count=flows,
                                verify=True)
        return min(answer["as_expected"], answer["distinct_flows"])


@contextlib.contextmanager
def lab_of(row, options, setting=Setting()):
    bench = Bench(row, options, name=f"{row.name}-{next(LABS)}", setting=setting)
    try:
        yield bench
        bench.gateway.forget()
    finally:
        bench.stop()
