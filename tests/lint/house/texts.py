# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules about what stands in a file: licence, leftovers, names of one machine, length."""
import re
import statistics

from house.tree import Complaint

GPL = "GPL-2.0-or-later"
DUAL = "GPL-2.0-only OR BSD-2-Clause"
DUAL_FOLDERS = ("bpf", "maps", "bench/packets/bpf", "bench/health/bpf")

# Words that say that something is not finished. The samples of the rules' own tests have to be there.
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|\bfor now\b|\bnot (yet )?implemented\b", re.I)
MACHINE = re.compile(r"(?<![\w.~-])/(work|root|home|Users)/\w")
URL = re.compile(r"https?://([\w.-]+)")
HOSTS = re.compile(r"(json-schema\.org|(www\.)?rfc-editor\.org|(www\.)?w3\.org|sluice|localhost)|(.+\.)?example(\.\w+)?")
SAMPLES = "tests/lint/house_rules_test.py"

LONGEST, LONG = 300, 260   # lines: none above the first, a tenth above the second
MEDIAN = 120


def check_licence(files):
    for file in files:
        if not file.is_code:
            continue
        dual = file.within(*DUAL_FOLDERS) and file.suffix in (".c", ".h")
        wanted = f"SPDX-License-Identifier: {DUAL if dual else GPL}"
        head = "\n".join(file.text.splitlines()[:2])
        if wanted not in head and not (file.path.endswith(".clang-format") and DUAL in head):
            yield Complaint(file.path, 1, f'the first lines lack "{wanted}"')


def check_leftovers(files):
    for file in files:
        if file.path == SAMPLES or file.within("tests/lint/house", "LICENSES"):
            continue
        for number, found in file.matches(UNFINISHED):
            yield Complaint(file.path, number, f'"{found[0]}": finish it, or say plainly that it is not there')


def check_machine_names(files):
    for file in files:
        if file.path == SAMPLES:
            continue
        for number, found in file.matches(MACHINE):
            yield Complaint(file.path, number, f'"{found[0]}": a path of one machine')
        for number, found in file.matches(URL):
            if not HOSTS.fullmatch(found[1]):
                yield Complaint(file.path, number, f"{found[1]}: a host that a build or a test must not depend on")


def is_measured(file):
    return file.suffix in (".c", ".h", ".cpp", ".hpp", ".py")


def check_lengths(files):
    lengths = {file.path: len(file.text.splitlines()) for file in files if is_measured(file)}
    for path, length in lengths.items():
        if length > LONGEST:
            yield Complaint(path, length, f"{length} lines: one file, one thing ({LONGEST} is the end)")
    if lengths and statistics.median(lengths.values()) > MEDIAN:
        yield Complaint(".", 0, f"half of the files are longer than {MEDIAN} lines")
    above = [path for path, length in lengths.items() if length > LONG]
    if len(above) > len(lengths) / 10:
        yield Complaint(".", 0, f"more than a tenth of the files is longer than {LONG} lines: {', '.join(above)}")


def check_endings(files):
    for file in files:
        if file.is_code or file.suffix in (".md", ".json", ".txt"):
            if file.text and not file.text.endswith("\n") and not file.within("tests/golden"):
                yield Complaint(file.path, len(file.text.splitlines()), "the last line does not end")
            for number, _ in file.matches(r"[ \t]+$") if file.is_code else ():
                yield Complaint(file.path, number, "blanks at the end of the line")
