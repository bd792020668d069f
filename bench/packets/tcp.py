# SPDX-License-Identifier: GPL-2.0-or-later
"""Bulk TCP between the two hosts of a lab, offloads as the devices come."""

import json
import subprocess
from collections import defaultdict
from statistics import median

from addresses import IPV4
from gateways import Setting
from lab import Lab
from rates import rotated
from shell import BenchError, await_listener, into, run

STREAMS = (1, 8)


class TcpBench:
    def __init__(self, row, options):
        self._lab = Lab(f"tcp-{row.name}")
        self._gateway = row.gateway(self._lab, options, Setting())
        self._server = subprocess.Popen(into(self._lab.outside.netns) + ["iperf3", "--server"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await_listener(self._server, "iperf3", self._lab.outside.netns, 5201)

    def gbits(self, streams, seconds):
        text = run("iperf3", "--client", IPV4.outside_host, "--parallel", streams, "--time", seconds,
                   "--omit", 1, "--json", netns=self._lab.inside.netns, timeout=seconds + 30)
        return json.loads(text)["end"]["sum_received"]["bits_per_second"] / 1e9

    def stop(self):
        self._server.terminate()
        self._server.wait()
        self._gateway.stop()
        self._lab.remove()


class Tcp:
    def __init__(self, rows, options, say):
        self._options, self._say = options, say
        self._values = defaultdict(list)
        self.problems = {}
        self._benches = {}
        for row in rows:
            self._try(row, lambda row=row: self._benches.update({row: TcpBench(row, options)}))

    def _try(self, row, act):
        try:
            act()
        except BenchError as error:
            self.problems[row.name] = str(error)
            self._benches.pop(row, None)
            self._say(f"{row.title}: {error}")

    def take(self):
        for repetition in range(self._options.repeat):
            for streams in STREAMS:
                for row in rotated(list(self._benches), repetition):
                    self._try(row, lambda row=row, streams=streams: self._one(row, streams))
            self._say(f"TCP repetition {repetition + 1} of {self._options.repeat} done")

    def _one(self, row, streams):
        seconds = max(2, round(self._options.seconds))
        self._values[row.name, streams].append(self._benches[row].gbits(streams, seconds))

    def stop(self):
        for bench in self._benches.values():
            bench.stop()

    def cells(self):
        return figures(self._values)


def figures(values):
    """{(row, streams): figures} from {(row, streams): one value per repetition}."""
    cells = {key: {"gbits": median(each), "min": min(each), "max": max(each)} for key, each in values.items()}
    for (_, streams), cell in cells.items():
        nft = cells.get(("nft", streams))
        cell["of_nft"] = cell["gbits"] / nft["gbits"] if nft else None
    return cells
