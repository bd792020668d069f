#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tidy.py ROOT BUILD [COMMITS]: clang-tidy over loader/, cli/ and cni/ with the flags of BUILD/compile_commands.json. With COMMITS only
over what these last commits, or nobody yet, have changed (without a history: everything), and of that over some files, others
whenever files change: all of it takes a quarter of an hour of two cores. With SLUICE_LINT_ALL in the environment, over all.

Most of clang-tidy's time goes into the libraries' headers, so many .cpp files are read as one unit, with the flags of all of
them: that each folder sees only what it may is the build's affair. A name that two files both have (in unnamed namespaces)
puts the second of them into another unit. A unit that was clean is not looked at again until one of its files, or a header, has
changed.
"""
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CLANG_TIDY = "clang-tidy-16"
# The kernel's headers make room for what libc's have defined, but not the other way round.
LIBC_FIRST = ["-include", "netinet/in.h", "-include", "net/if.h"]
# clang 16 has the concepts that libstdc++ 12's <expected> asks for, but counts them by an older number.
DIALECT = ["-std=gnu++2b", "-U__cpp_concepts", "-D__cpp_concepts=202002L", "-Wno-builtin-macro-redefined"]
NOT_FOR_CLANG = ("-std=", "-W", "-O", "-fsanitize", "--param")
COLLISION = re.compile(r"^(\S+?):\d+:\d+: error: (redefinition|conflicting|reference to '.*' is ambiguous|call to)", re.M)


def flags_of(words):
    flags = [word for word in words[1:] if not word.startswith(NOT_FOR_CLANG)]
    del flags[flags.index("-o"):flags.index("-o") + 2]
    del flags[flags.index("-c"):flags.index("-c") + 2]
    while "-isystem" in flags:   # a word and its folder are one flag, of which there are several
        at = flags.index("-isystem")
        flags[at:at + 2] = [f"-isystem{flags[at + 1]}"]
    return tuple(flags)


FOLDERS = ("loader/", "cli/", "cni/")
MOST_FILES = 70   # of a unit: several can be read side by side
MOST_CHANGED = 20   # of what commits changed


def units_in(root, build, wanted=None, most=None):
    """All flags in the order of their first use, the files that are read as one: those that are wanted, or all; and how many are left out."""
    flags = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        words = shlex.split(entry["command"])
        made = words[words.index("-o") + 1]
        if made.startswith(FOLDERS) and not any(again in made for again in ("shifted.dir", "sluice-cni.dir")):   # the same files once more
            flags |= dict.fromkeys(flags_of(words))
    files = sorted(str(file) for folder in FOLDERS for file in (root / folder).rglob("*.cpp"))
    files = [file for file in files if wanted is None or file in wanted]
    chosen = some_of(root, files, most or len(files))
    return tuple(flags), units_of(chosen), len(files) - len(chosen)


# What two files must not both have: a name of a variable or type, or the same line that begins a function.
DEFINITION = re.compile(r"^(?:(?:constexpr|const|struct|class|enum|using(?=\s+\w+\s*=))\b[^={(;]*?(\w+)(?:\[\w*\])?\s*(?:=|\{|;)"
                        r"|(?!namespace|using|struct|class|enum|extern|#|//)(\w[^=;{}]*\([^;{}]*\)[^;{}]*\{))", re.M)


def definitions(file):
    text = Path(file).read_text()
    own = "".join(re.findall(r"^namespace \{\n(.*?)^\}\s+// namespace$", text, re.M | re.S))
    constants = {name for line in re.findall(r"^constexpr .*$", own, re.M) for name in re.findall(r"\b(k[A-Z]\w*)\s*(?:\{|=|\[)", line)}
    return constants | {found[1] or " ".join(found[2].split()) for found in DEFINITION.finditer(own)}


ALONE = re.compile(r"^#include <(pcap|linux/ip\.h)", re.M)   # these define what libc's headers, or the kernel's others, define too


def is_alone(file):
    return bool(ALONE.search(Path(file).read_text()))


def units_of(files):
    """The files in as few lists as their names and headers allow."""
    units = [{"files": [file], "names": set()} for file in files if is_alone(file)]
    alone = len(units)
    for file in files:
        if is_alone(file):
            continue
        names = definitions(file)
        for unit in units[alone:]:
            if len(unit["files"]) < MOST_FILES and not names & unit["names"]:
                unit["files"].append(file)
                unit["names"] |= names
                break
        else:
            units.append({"files": [file], "names": names})
    return [unit["files"] for unit in units]


def git(root, *words):
    done = subprocess.run(["git", "-c", "safe.directory=*", "-C", str(root), *words], capture_output=True, text=True, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else None


def changed(root, commits):
    """The files that the last commits changed, with those of the same name beside them; None: nobody knows."""
    if git(root, "rev-parse", "--is-shallow-repository") != ["false"]:
        return None
    names = [git(root, "log", "-n", str(commits), "--name-only", "--format="), git(root, "diff", "HEAD", "--name-only"),
             git(root, "ls-files", "--others", "--exclude-standard")]
    if None in names:
        return None
    return {str((root / name).with_suffix(".cpp")) for name in sum(names, []) if name.endswith((".cpp", ".hpp"))}


def some_of(root, files, most):
    """Not always those with the first names, but the same ones wherever the tree lies."""
    return sorted(sorted(files, key=lambda file: digest_of([file], root))[:most])


def digest_of(files, root="/"):
    digest = hashlib.sha256()
    for file in map(Path, files):
        digest.update(os.path.relpath(file, root).encode() + file.read_bytes())
    return digest.hexdigest()


def digest_of_headers(root):
    """What every unit depends on besides its own files."""
    headers = [*(root / "loader").rglob("*.hpp"), *(root / "cli").rglob("*.hpp"), *(root / "cni").rglob("*.hpp"), *(root / "maps").glob("*.h")]
    return digest_of([*sorted(headers), root / ".clang-tidy", __file__])


class Unit:
    def __init__(self, root, build, flags, files):
        self.root, self.flags, self.files = root, flags, files
        name = hashlib.sha256("\n".join([*flags, *files]).encode()).hexdigest()[:16]
        self.source = build / "tidy" / f"{name}.cpp"
        self.stamp = build / "tidy" / f"{name}.clean"

    def run(self):
        self.source.parent.mkdir(exist_ok=True)
        self.source.write_text("".join(f'#include "{file}"\n' for file in self.files))
        command = [CLANG_TIDY, "-quiet", f"--config-file={self.root / '.clang-tidy'}",
                   f"--header-filter=^{re.escape(str(self.root))}/(loader|cli|cni|maps)/", str(self.source),
                   "--", *self.flags, *DIALECT, *LIBC_FIRST]
        return subprocess.run(command, capture_output=True, text=True, check=False)


def parted(files, said):
    """Files that do not compile as one unit: those whose names collide by themselves, or, when nothing says which, halves."""
    apart = sorted({found[1] for found in COLLISION.finditer(said)} & set(files))
    if 0 < len(apart) < len(files):
        return [file for file in files if file not in apart], apart
    return files[:len(files) // 2], files[len(files) // 2:]


def look_at(root, build, flags, files, headers):
    """What is wrong with a unit; empty when nothing is."""
    unit = Unit(root, build, flags, files)
    seen = headers + digest_of(files)
    if unit.stamp.exists() and unit.stamp.read_text() == seen:
        return ""
    result = unit.run()
    if "[clang-diagnostic-error" in result.stdout and len(files) > 1:
        said = "".join(look_at(root, build, flags, part, headers) for part in parted(files, result.stdout))
    else:
        said = result.stdout if result.returncode else ""
        said += result.stderr if result.returncode and not said else ""
    if not said:
        unit.stamp.write_text(seen)
    return said


def disabled_without_reason(root):
    text = (root / ".clang-tidy").read_text()
    disabled = re.findall(r"^  (-[\w-]+-[\w.-]+),?$", text, re.M)
    return [check for check in disabled if not re.search(rf"^# {re.escape(check)}: \w", text, re.M)]


def main():
    root, build = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    for check in (missing := disabled_without_reason(root)):
        print(f".clang-tidy: {check} is disabled without a reason")
    headers = digest_of_headers(root)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        commits = "" if os.environ.get("SLUICE_LINT_ALL") else sys.argv[3] if len(sys.argv) > 3 else ""
        most = MOST_CHANGED if commits else None
        flags, units, left = units_in(root, build, changed(root, commits) if commits else None, most)
        said = list(pool.map(lambda files: look_at(root, build, flags, files, headers), units))
    print("".join(said), end="")
    print(f"{sum(len(files) for files in units)} files in {len(units)} units; {left} are left to `./run lint`")
    return 1 if missing or any(said) else 0


if __name__ == "__main__":
    sys.exit(main())
