# SPDX-License-Identifier: GPL-2.0-or-later
"""Which tests a VM runs, found on this machine: under emulation it takes half a minute to look through all of them.

What Python compiles meanwhile is kept below build-vm/, so that the VM need not compile it again.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab.kernel import lacking

from .errors import VmError

TREE = Path(__file__).resolve().parents[3]
GUEST_RUNS = TREE / "tests/vm/guest_runs.py"
PYTHON = "/usr/bin/python3"
QUIET = ("-q", "-p", "no:cacheprovider")
NONE_FOUND = 5   # pytest's status
SCENARIOS = "tests/conformance/scenarios/"
# One of each kind of what carries a packet. `mixed` meets a kernel's verifier with every program, XDP and tc side by side,
# `nftables` its answers with every table, of the older kernel.
SAMPLE = ("forwards/client_is_seen", "fragments/in_any_order", "fragments/too_big_to_go_on_whole", "icmp/traceroute",
          "masquerade/pool", "policies/reject_resets_tcp", "vlans/qinq", "vrfs/one_asks_another")


@dataclass(frozen=True)
class Suite:
    """`root`: what the names that pytest gives to tests begin at; `options`: what it needs to find that."""
    root: str
    options: tuple = ()


NET = Suite("")
CONFORMANCE = Suite("tests/conformance/", ("-c", "tests/conformance/pytest.ini", "--rootdir", "tests/conformance"))


def cached(cache):
    """Where this machine's Python keeps what it compiled, and the VM's finds it."""
    return {"PYTHONPYCACHEPREFIX": str(cache.resolve() / "python")}


def found(suite, cache, *words):
    """The tests of a suite that these words choose, by the names that pytest gives them."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run([PYTHON, "-m", "pytest", *QUIET, "--collect-only", *suite.options, *words], cwd=TREE, text=True,
                          capture_output=True, check=False, env={**environment, **cached(cache)})
    names = [f"{suite.root}{line}" for line in done.stdout.splitlines() if "::" in line]
    if done.returncode != (0 if names else NONE_FOUND):
        raise VmError(f"the tests for the VM cannot be listed: {(done.stdout + done.stderr).strip()[-2000:]}")
    return names


def sampled(cache, variant):
    """Of a scenario with parameters the last."""
    names = found(CONFORMANCE, cache, "--variant", variant, *(f"{SCENARIOS}{name}.py" for name in SAMPLE))
    return list({name.partition("::")[0]: name for name in names}.values())


def command(cache, *runs):
    """What runs these tests of these suites in a VM, all in one boot."""
    words = [json.dumps([*QUIET, "-rs", "--tb=short", "--all-must-run", *suite.options, *tests]) for suite, tests in runs if tests]
    return ["env", *(f"{name}={value}" for name, value in cached(cache).items()), PYTHON, "-B", str(GUEST_RUNS), *words]


def marked(cache):
    """What this machine's kernel cannot run, and the sample with nftables."""
    missing = ("--needing", ",".join(lacking()))
    scenarios = found(CONFORMANCE, cache, *missing, "tests/conformance")
    scenarios += [one for one in sampled(cache, "nftables") if one not in scenarios]
    return command(cache, (NET, found(NET, cache, *missing, "tests/net")), (CONFORMANCE, scenarios))


def sample(cache):
    return command(cache, (CONFORMANCE, sampled(cache, "mixed")))
