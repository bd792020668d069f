# SPDX-License-Identifier: GPL-2.0-or-later
"""Time and size of the BPF programs in a gateway, as the kernel tells."""

import json

from shell import run

FLOWS, SECONDS = 1000, 0.5


def attached(bench):
    """{program id: devices} of the XDP and tc programs in a lab's gateway."""
    found = {}
    for table in json.loads(run("bpftool", "-j", "net", "show", netns=bench.netns)):
        for entry in table.get("xdp", []) + table.get("tc", []):
            found.setdefault(entry["id"], []).append(entry["devname"])
    for number, device in bench.agent.ask("attached", netns=bench.netns)["programs"]:
        found.setdefault(number, []).append(device)
    return found


def of(bench):
    """A short run with the kernel's clock on; not part of any rate, because the clock costs time."""
    devices = attached(bench)
    if not devices:
        return []

    def look():
        return {number: bench.agent.ask("program", id=number) for number in devices}

    bench.establish(FLOWS)
    bench.agent.ask("stats", on=True)
    before = look()
    for side in ("inside", "outside"):
        bench.agent.ask("rate", **{"from": side}, flows=FLOWS, seconds=SECONDS)
    after = look()
    bench.agent.ask("stats", on=False)
    return [cost(sorted(set(devices[number])), before[number], after[number]) for number in sorted(devices)]


def cost(devices, before, after):
    runs, ns = after["runs"] - before["runs"], after["run_ns"] - before["run_ns"]
    return {"program": after["name"], "devices": devices, "runs": runs, "ns": ns / runs if runs else None,
            "functions": after["functions"]}
