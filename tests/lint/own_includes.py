#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""own_includes.py ROOT: every file includes, itself or by what it includes, the project's header that declares what it names.

The compiler reads several files as one, so it does not miss an `#include` that a neighbour has; a package is built file by
file, and fails. Seen are names that one header alone declares at the left margin: types, functions, constants, macros.
"""

import re
import sys
from pathlib import Path

FOLDERS = {"loader": "loader", "cli": ".", "maps": "."}   # where files are, and what their paths in includes begin at
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\])\'', re.S)
DECLARED = (
    re.compile(r"^(?:struct|class|enum(?: class)?) (\w+)(?= (?:final )?[{:])", re.M),
    re.compile(r"^using (\w+) =", re.M),
    re.compile(r"^#define (\w+)", re.M),
    re.compile(r"^(?:inline )?constexpr [\w:<> ]+?\b(k[A-Z]\w*)", re.M),
)
FUNCTION = re.compile(r"^(?!return|using|template|#|static_assert)[A-Za-z][\w:<>,&* ]*?[ &*](\w+)\((?!\))", re.M)


def includable(root):
    """{path as an #include has it: the file}."""
    found = {}
    for folder, base in FOLDERS.items():
        for pattern in ("*.hpp", "*.h", "*.cpp"):
            for file in (root / folder).rglob(pattern):
                found[str(file.relative_to(root / base))] = file
    return found


class Sources:
    def __init__(self, root):
        self.files = includable(root)
        self.raw = {name: file.read_text(encoding="utf-8") for name, file in self.files.items()}
        self.text = {name: NOISE.sub(" ", INCLUDE.sub("", raw)) for name, raw in self.raw.items()}
        self.includes = {name: set(self._included(name)) for name in self.files}
        self.types, self.functions = self._declared()

    def _included(self, name):
        for at in INCLUDE.findall(self.raw[name]):
            beside = str(Path(name).parent / at)
            if at in self.files or beside in self.files:
                yield at if at in self.files else beside

    def _declared(self):
        """Names that one header alone declares, and its path; functions are names only where they are called."""
        types, functions = {}, {}
        for name, text in self.text.items():
            if not name.endswith(".cpp"):
                for pattern in DECLARED:
                    for found in pattern.findall(text):
                        types.setdefault(found, set()).add(name)
                for found in FUNCTION.findall(text):
                    functions.setdefault(found, set()).add(name)
        return types, functions

    def reached(self, name):
        seen, left = {name}, [name]
        while left:
            for further in self.includes[left.pop()] - seen:
                seen.add(further)
                left.append(further)
        return seen

    def missing(self, name):
        text, reached = self.text[name], self.reached(name)
        called = set(re.findall(r"(?<![\w.>:~])(\w+)\(", text))
        mentioned = set(re.findall(r"(?<![\w.>:])(\w+)\b", text))
        for names, declared in ((mentioned, self.types), (called, self.functions)):
            for found in sorted(names & declared.keys()):
                headers = declared[found]
                if len(headers) == 1 and not headers & reached and not self._is_known(found, reached):
                    yield found, next(iter(headers))

    def _is_known(self, found, reached):
        """A member, an enumerator, a parameter or a local thing of the same name."""
        known = re.compile(rf"::{found}(?:\(|;)|[\w>&*\]] {found}(?:[(\[;,)={{:]| [={{:])|\b(?:class|struct|using) {found}\b"
                           rf"|\benum\b[^;{{]*{{[^}}]*\b{found}\b")
        return any(known.search(self.text[name]) for name in reached)


def main():
    sources = Sources(Path(sys.argv[1]))
    complaints = [f"{sources.files[name]}: names {found}, which {header} declares" for name in sorted(sources.files)
                  for found, header in sources.missing(name)]
    print("\n".join(complaints) or f"{len(sources.files)} files")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
