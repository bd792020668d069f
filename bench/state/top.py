#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What it costs to look at a million flows with `sluice top`. Needs root; SLUICE_BIN_DIR says which build.

Opens the flows and answers each, follows first rows over the control socket, and says for each table how far apart its lines were,
what share of a core the daemon took, how long a question waited meanwhile that costs the daemon nothing (`/v1/history?limit=1`, each
20 ms), how long `sluice status` took after that, and by how much the daemon's memory grew.
"""

import argparse
import contextlib
import json
import statistics
import threading
import time

from paths import find_modules

find_modules()

import conntrack  # noqa: E402  needs the path
import run  # noqa: E402
from lab import Lab  # noqa: E402
from lab.gateway import UnixConnection  # noqa: E402
from lab.helper_process import forget_peak, memory_of  # noqa: E402

TABLES = {"nobody": [], "interfaces": ["interfaces"], "flows": ["flows"], "flows with a filter": ["flows?filter=:2100"],
          "talkers": ["talkers"], "services": ["services"],
          "all of these": ["interfaces", "flows", "flows?filter=:2100", "talkers", "services"]}


STATUSES = 5


def milliseconds(question):
    since = time.monotonic()
    question()
    return 1000 * (time.monotonic() - since)


class Questions(threading.Thread):
    """That cost the daemon nothing, and how long each waited."""

    def __init__(self, gateway):
        super().__init__(daemon=True)
        self.gateway, self.took, self.over = gateway, [], threading.Event()

    def run(self):
        while not self.over.wait(0.02):
            self.took.append(milliseconds(lambda: self.gateway.get("/v1/history?limit=1")))


class Followed(threading.Thread):
    """Lines of one table, with when they came."""

    def __init__(self, gateway, target):
        super().__init__(daemon=True)
        self.gateway, self.target, self.times, self.rows, self.over = gateway, target, [], 0, threading.Event()

    def run(self):
        with contextlib.closing(UnixConnection(self.gateway.socket_path)) as connection:
            connection.request("GET", f"/v1/top/{self.target}")
            connection.sock.settimeout(600)   # the first line of a million flows takes its time
            with contextlib.closing(connection.getresponse()) as answer:
                while not self.over.is_set():
                    line = json.loads(answer.readline())
                    self.times.append(time.monotonic())
                    self.rows = len(line["rows"])

    def told(self):
        gaps = [after - before for before, after in zip(self.times, self.times[1:])]
        each = f"a line each {statistics.mean(gaps):.1f} s (longest {max(gaps):.1f})" if gaps else "no second line"
        return f"{self.target}: {each}, {self.rows} rows"


def measure(bench, name, targets, seconds):
    gateway = bench.gateway
    pid = gateway.daemon.pid
    forget_peak(pid)
    before, _ = memory_of(pid)
    followed = [Followed(gateway, target) for target in targets]
    asks = Questions(gateway)
    spent, begun = gateway.processor_seconds(), time.monotonic()
    for one in [*followed, asks]:
        one.start()
    time.sleep(seconds)   # the time that is measured
    share = (gateway.processor_seconds() - spent) / (time.monotonic() - begun)
    asks.over.set()
    asks.join()
    _, peak = memory_of(pid)
    # With nftables a status lists all flows for itself, in one piece.
    statuses = [milliseconds(lambda: gateway.get("/v1/status")) for _ in range(STATUSES if bench.chosen.engine == "ebpf" else 0)]
    for one in followed:
        one.over.set()
        one.join(timeout=60)
    status = f"a status {statistics.median(statuses):.0f} ms, the slowest {max(statuses):.0f} ms; " if statuses else ""
    print(f"{name}: daemon {100 * share:.0f} % of a core; {len(asks.took)} questions waited {statistics.median(asks.took):.1f} ms, the "
          f"slowest {max(asks.took):.0f} ms; {status}{(peak - before) >> 20} MB more", flush=True)
    for one in followed:
        print(f"  {one.told()}", flush=True)


class Bench(run.Bench):
    """The same flows for each engine. None is short-lived: what expires is ended by looks at all, which are not what is measured."""

    def apply(self, made):
        made["timeouts"]["udp_one_way"] = made["timeouts"]["udp"]
        if self.chosen.engine == "nftables":
            for row in made["interfaces"].values():
                del row["hook"]
            del made["tables"]
        self.gateway.apply({**made, "engine": self.chosen.engine})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hook", choices=["tc", "xdp"], default="tc")
    parser.add_argument("--engine", choices=["ebpf", "nftables"], default="ebpf")
    parser.add_argument("--flows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=30, help="for each table")
    parser.add_argument("--table", choices=list(TABLES), action="append", help="only these")
    chosen = parser.parse_args()
    chosen.rate = 16_384
    room = conntrack.room_for(chosen.flows, print) if chosen.engine == "nftables" else contextlib.nullcontext()
    with room, Lab(chosen.hook) as lab:
        bench = Bench(lab, chosen)
        bench.open_live()
        for name in chosen.table or TABLES:
            measure(bench, name, TABLES[name], chosen.seconds)


if __name__ == "__main__":
    main()
