# SPDX-License-Identifier: GPL-2.0-or-later
"""Every header of bpf/ and maps/ can be opened, and compiled, by itself; those of bpf/ for each hook that they are for."""
import os
import shutil
import subprocess
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from itertools import chain

from house.includes import includes_of
from house.tree import Complaint

CONTEXTS = {"tc": "bpf/base/ctx_tc.h", "xdp": "bpf/base/ctx_xdp.h"}
CHOOSERS = {"bpf/base/ctx.h", "bpf/syn/hook.h"}   # include one file or the other, by hook
COMPILER = next((path for path in map(shutil.which, ("clang-16", "clang-19", "clang")) if path), "clang")


def hooks_of(path, files, known):
    """A header that includes the context of one hook, itself or by another one, is for that hook alone."""
    if path not in known:
        known[path] = set(CONTEXTS)   # also while it is looked at: a circle adds nothing
        for hook, context in CONTEXTS.items():
            if path == context:
                known[path] = {hook}
        if path in files and path not in CHOOSERS and len(known[path]) > 1:
            for _, kind, name in includes_of(files[path]):
                known[path] &= hooks_of(name, files, known) if kind == '"' else known[path]
    return known[path]


@cache
def compiler():
    """The compiler proper: it takes many files at once, and a warning is the build's business."""
    own = subprocess.run([COMPILER, "-print-resource-dir"], capture_output=True, text=True, check=True).stdout.strip()
    system = ["/usr/include", f"/usr/include/{sysconfig.get_config_var('MULTIARCH')}"]
    return [COMPILER, "-cc1", "-triple", "bpf", "-target-cpu", "v3", "-fsyntax-only", "-w", "-Wno-int-conversion",
            "-fno-caret-diagnostics", "-resource-dir", own, "-internal-isystem", f"{own}/include",
            *(word for folder in system for word in ("-internal-externc-isystem", folder)), "-x", "c"]


def first_error(root, paths, options=()):
    done = subprocess.run([*compiler(), "-I.", *options, *paths], cwd=root, capture_output=True, text=True)
    errors = [line for line in done.stderr.splitlines() if "error:" in line]
    return (errors or [done.stderr])[0].strip() if done.returncode else ""


def errors_of(root, paths):
    """One after the other where something is wrong with one: which it is, and whether it is by itself."""
    if not first_error(root, paths):
        return []
    found = ((path, first_error(root, [path])) for path in paths)
    return [(path, error) for path, error in found if error]


def check_headers_alone(files):
    """Each alone for one hook. That it includes enough is known then: for XDP all are compiled together."""
    headers = {file.path: file for file in files if file.within("bpf", "maps") and file.suffix == ".h"}
    if not headers:
        return
    root = next(iter(headers.values())).root
    known = {}
    hooks = {path: hooks_of(path, headers, known) for path in headers}
    yield from (Complaint(path, 1, "is for one hook, and includes what is for the other") for path in headers if not hooks[path])
    left = [path for path in headers if hooks[path]]
    heaps = [heap for heap in (left[i::os.cpu_count()] for i in range(os.cpu_count())) if heap]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, error in chain(*pool.map(partial(errors_of, root), heaps)):
            yield Complaint(path, 1, f"does not compile alone: {error}")
    together = [path for path in left if "xdp" in hooks[path]]
    if CONTEXTS["xdp"] in headers and (error := first_error(root, ["/dev/null"], includes(CONTEXTS["xdp"], *together))):
        yield Complaint(together[0], 1, f"does not compile with the others for XDP: {error}")


def includes(*paths):
    return [word for path in paths for word in ("-include", path)]
