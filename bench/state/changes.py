# SPDX-License-Identifier: GPL-2.0-or-later
"""What benches of `sluice apply` have alike: how long a command takes, and how that is told."""

import copy
import json
import os
import statistics
import time


def timed_apply(gateway, file, made):
    """Of the whole command, in milliseconds."""
    file.write_text(json.dumps(made, indent=1), encoding="ascii")
    os.sync()
    start = time.monotonic()
    gateway.sluice("apply", file, timeout=300)
    return (time.monotonic() - start) * 1000


def report(engine, title, times):
    print(f"{engine}, {title}: {statistics.median(times):.1f} ms ({min(times):.1f} - {max(times):.1f})", flush=True)


def each_change(made, changes, repeat):
    """(title, documents): what is measured one after the other, each a changed copy."""
    for title, change in changes.items():
        documents = []
        for turn in range(repeat):
            documents.append(copy.deepcopy(made))
            change(documents[-1], turn)
        yield title, documents
