# SPDX-License-Identifier: GPL-2.0-or-later
"""What benches of `sluice apply` have alike: how long a command takes, and how that is told."""

import copy
import json
import os
import statistics
import time

from lab import Lab


def timed(work, *arguments, **options):
    """In milliseconds."""
    start = time.monotonic()
    work(*arguments, **options)
    return (time.monotonic() - start) * 1000


def timed_apply(gateway, file, made):
    """Of the whole command, in milliseconds."""
    file.write_text(json.dumps(made, indent=1), encoding="ascii")
    os.sync()
    return timed(gateway.sluice, "apply", file, timeout=300)


def report(title, times):
    print(f"{title}: {statistics.median(times):.1f} ms ({min(times):.1f} - {max(times):.1f})", flush=True)


def report_all(times):
    """{title: what it took each time}"""
    for title, took in times.items():
        report(title, took)


def run_in_lab(bench, chosen):
    """Of a class whose objects run()."""
    with Lab("tc") as lab:
        bench(lab, chosen).run()
    return 0


def each_change(made, changes, repeat):
    """(title, documents): what is measured one after the other, each a changed copy."""
    for title, change in changes.items():
        documents = []
        for turn in range(repeat):
            documents.append(copy.deepcopy(made))
            change(documents[-1], turn)
        yield title, documents
