# SPDX-License-Identifier: GPL-2.0-or-later
"""A gateway that the real sluiced makes, with the real sluice telling it what to do."""

import json
import os
import subprocess
import time
from collections import Counter

import filters
import translations
from private import PINS, WORK
from shell import BenchError, into, run

START_WITHIN = 30


def masquerade(engine, setting, family):
    rule = {"name": "out", "from": "lan", "to": "internet", "family": family}
    if setting.ports:
        rule["ports"] = setting.ports
        if engine != "nftables":   # which has no quota; what is measured is the search
            rule["mappings_per_host"] = 65536
    return rule


def room(flows, family):
    """What a document says for so many: for two IPv4 flows there is room for one of IPv6 on top."""
    return {"flows": 2 * flows if family == "ipv6" else flows}


def document(engine, hook, setting, addresses):
    made = {
        "version": 1,
        "engine": engine,
        "interfaces": {"in0": {"zone": "lan", "hook": hook}, "out0": {"zone": "internet", "hook": hook}},
        "policies": list(filters.policies(setting.policies or 1)),
        "nat": {"masquerade": [masquerade(engine, setting, addresses.family)],
                "forwards": list(translations.forwards(setting.forwards, addresses.inside_host))},
    }
    if setting.flows and engine != "nftables":   # whose room is connection tracking's
        made["tables"] = room(setting.flows, addresses.family)
    return made


class SluiceGateway:
    ENGINE, HOOK = "ebpf", "auto"
    ABOVE = ()   # interfaces that sluice makes above in0, which sees their frames first

    def __init__(self, lab, options, setting):
        self._bin = options.bin
        self._netns = lab.gateway
        self._addresses = lab.addresses
        self._work = os.path.join(WORK, lab.name)
        self._socket = os.path.join(self._work, "socket")
        for program in ("sluiced", "sluice"):
            if not os.access(os.path.join(self._bin, program), os.X_OK):
                raise BenchError(f"{self._bin} has no {program}: ./run build makes it")
        os.makedirs(self._work)
        self._daemon = self._start(lab.name)
        self._await()
        self._apply(setting)

    def _start(self, name):
        words = [os.path.join(self._bin, "sluiced"), "--socket", self._socket, "--state",
                 os.path.join(self._work, "state"), "--pins", os.path.join(PINS, name)]
        with open(self._log, "w", encoding="utf-8") as log:
            return subprocess.Popen(into(self._netns) + words, stdout=log, stderr=log)

    @property
    def _log(self):
        return os.path.join(self._work, "log")

    def _await(self):
        deadline = time.monotonic() + START_WITHIN
        while True:
            try:
                self.sluice("status")
                return
            except BenchError as error:
                if self._daemon.poll() is not None or time.monotonic() > deadline:
                    raise BenchError(f"sluiced does not answer: {error}\n{self._last_words()}") from error
            time.sleep(0.1)

    def _last_words(self):
        with open(self._log, encoding="utf-8") as log:
            return "".join(log.readlines()[-10:]).strip()

    def _document(self, setting):
        return document(self.ENGINE, self.HOOK, setting, self._addresses)

    def _apply(self, setting):
        path = os.path.join(self._work, "document.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self._document(setting), file)
        self.sluice("apply", path)
        for row in json.loads(self.sluice("show", "interfaces", "-o", "json"))["interfaces"]:
            if self.HOOK not in ("auto", row["hook"]) and row["name"] not in self.ABOVE:
                raise BenchError(f"sluice took {row['hook']} and not {self.HOOK} on {row['name']}: "
                                 f"{row.get('hook_reason')}")

    def sluice(self, *words):
        return run(os.path.join(self._bin, "sluice"), "--socket", self._socket, *words)

    def drops(self):
        """What sluice itself says that it dropped, on whatever interface: {reason: packets}."""
        rows = json.loads(self.sluice("show", "drops", "-o", "json"))["drops"]
        found = Counter()
        for row in rows:
            found[row["reason"]] += row["packets"]
        return {reason: packets for reason, packets in found.items() if packets}

    def forget(self):
        """Nothing: its tables go with it."""

    def stop(self):
        """Takes everything down as an operator would; the daemon ends with it."""
        try:
            self.sluice("cleanup")
        finally:
            self._daemon.terminate()
            self._daemon.wait(timeout=10)
