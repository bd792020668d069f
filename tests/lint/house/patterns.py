# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules about the shape of the code (docs/style.md)."""
import re

from house.alone import CHOOSERS
from house.tree import Complaint

SHORT_SLEEP = 0.3   # seconds; what is shorter stands between two looks


def is_bpf(file):
    return file.within("bpf") and file.suffix in (".c", ".h")


def check_packet_end(files):
    """One bounds check in one place: the packet's end is known to bpf/base only."""
    for file in files:
        if is_bpf(file) and not file.within("bpf/base"):
            for number, _ in file.matches(r"\bdata_end\b|\bctx_end\s*\("):
                yield Complaint(file.path, number, "use hdr_at(): the packet's end is compared in bpf/base/at.h only")


def check_one_exit(files):
    """Verdicts become actions in the entry functions, after the packet was counted."""
    for file in files:
        if not is_bpf(file):
            continue
        inside = entry_lines(file) if file.path.endswith(".bpf.c") else set()
        for number, found in file.matches(r"\b(return\b[^;]*\b)?(XDP_DROP|XDP_ABORTED|TC_ACT_SHOT)\b"):
            helper_flag = found[1] is None and file.within("bpf/path")
            if number not in inside and not helper_flag:
                yield Complaint(file.path, number, "return drop(p, reason): only an entry's end turns it into an action")


def check_hook_choices(files):
    """The hook is a constant, CTX_IS_TC; the preprocessor asks for it where files are chosen, and nowhere else."""
    for file in files:
        if is_bpf(file) and file.path not in CHOOSERS:
            for number, _ in file.matches(r"^\s*#\s*(el)?if.*(CTX_|\bSLUICE_|_TC\b|_XDP\b)"):
                yield Complaint(file.path, number, "if (CTX_IS_TC), or a file of its own that includes ctx_tc.h or ctx_xdp.h")


def check_programs(files):
    """A reader of an entry file sees all programs of its object."""
    for file in files:
        if is_bpf(file) and file.suffix == ".h":
            for number, _ in file.matches(r'\bSEC\("(?!\.maps")'):
                yield Complaint(file.path, number, "programs stand in bpf/*.bpf.c")


def entry_lines(file):
    """The lines of functions that stand behind SEC()."""
    lines, inside = set(), False
    for number, line in file.lines:
        inside = inside or line.startswith('SEC("')
        if inside:
            lines.add(number)
        if line.startswith("}"):
            inside = False
    return lines


def check_sleeps(files):
    """A test waits for a condition (tests/support has helpers for it). Where a time itself is meant, its line says so."""
    cpp = r"\bsleep_(for|until)\b|\b(u|nano)?sleep\s*\("
    for file in files:
        if file.within("tests") and file.suffix in (".cpp", ".hpp"):
            for number, _ in file.matches(cpp):
                yield Complaint(file.path, number, "wait for a condition, not for time to pass")
        if file.within("tests") and file.suffix == ".py":
            for number, found in file.matches(r"^[^\"'#]*\bsleep\((\d[\d.]*)\)(?!.*#)"):
                if float(found[1]) >= SHORT_SLEEP:
                    yield Complaint(file.path, number, "eventually(), stays() or past() of tests/support/lab/wait.py, or say why on this line")


def check_casts(files):
    """In user space a C cast hides what kind of cast it is."""
    types = r"(u?int(8|16|32|64)_t|size_t|int|unsigned|long|char)"
    for file in files:
        if file.within("loader", "cli", "cni") and file.suffix in (".cpp", ".hpp"):
            for number, _ in file.matches(r"(?<![\w)>])\(" + types + r"( ?\*)?\)[\w(]"):
                yield Complaint(file.path, number, "write static_cast or braces")


def check_pragma_once(files):
    for file in files:
        if file.suffix in (".h", ".hpp") and not re.search(r"^#pragma once$", file.text, re.M):
            yield Complaint(file.path, 1, "a header starts with #pragma once")
