# SPDX-License-Identifier: GPL-2.0-or-later
"""Every file includes, itself or by what it includes, the header of the project that declares what it names.

The compiler reads several files as one, so it does not miss an `#include` that a neighbour has; a package is built file by
file, and fails. Seen are names that one header alone declares at the left margin: types, functions, constants, macros.
"""
import re
from functools import cached_property

from house.includes import includes_of
from house.tree import Complaint

NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\])\'', re.S)
DECLARED = (
    re.compile(r"^(?:struct|class|enum(?: class)?) (\w+)(?= (?:final )?[{:])", re.M),
    re.compile(r"^using (\w+) =", re.M),
    re.compile(r"^#define (\w+)", re.M),
    re.compile(r"^(?:inline )?constexpr [\w:<> ]+?\b(k[A-Z]\w*)", re.M),
)
FUNCTION = re.compile(r"^(?!return|using|template|#|static_assert)[A-Za-z][\w:<>,&* ]*?[ &*](\w+)\((?!\))", re.M)
MENTIONED, CALLED = re.compile(r"(?<![\w.>:])(\w+)\b"), re.compile(r"(?<![\w.>:~])(\w+)\(")


class Source:
    """A file by its path as an #include has it."""

    def __init__(self, file):
        self.file, self.name = file, file.path.removeprefix("loader/")

    @cached_property
    def text(self):
        """Without comments and strings; lines stay where they are."""
        return NOISE.sub(lambda found: " " + "\n" * found[0].count("\n"), self.file.text)

    def includes(self, sources):
        folder = self.name.rpartition("/")[0]
        for _, kind, name in includes_of(self.file):
            for path in (name, f"{folder}/{name}") if kind == '"' else ():
                if path in sources:
                    yield path


def reached_from(source, sources):
    seen, left = {source.name}, [source]
    while left:
        for further in set(left.pop().includes(sources)) - seen:
            seen.add(further)
            left.append(sources[further])
    return seen


def declared_by_one(headers, *patterns):
    """{name: the only header that declares it}."""
    homes = {}
    for header in headers:
        for pattern in patterns:
            for name in pattern.findall(header.text):
                homes.setdefault(name, set()).add(header.name)
    return {name: min(found) for name, found in homes.items() if len(found) == 1}


def is_known(name, sources):
    """A member, an enumerator, a parameter or a local thing of the same name."""
    known = re.compile(rf"::{name}(?:\(|;)|[\w>&*\]](?<!return) {name}(?:[(\[;,)={{:]| [={{:])|\b(?:class|struct|using) {name}\b"
                       rf"|\benum\b[^;{{]*{{[^}}]*\b{name}\b")
    return any(known.search(source.text) for source in sources)


def check_included_names(files):
    sources = [Source(file) for file in files if file.within("loader", "cli", "cni", "maps") and file.suffix in (".cpp", ".hpp", ".h")]
    by_name = {source.name: source for source in sources}
    headers = [source for source in sources if source.file.suffix != ".cpp"]
    searches = ((MENTIONED, declared_by_one(headers, *DECLARED)), (CALLED, declared_by_one(headers, FUNCTION)))
    for source in sources:
        reached = reached_from(source, by_name)
        for use, homes in searches:
            first = {found[1]: found.start() for found in reversed(list(use.finditer(source.text)))}
            for name in sorted(first.keys() & homes.keys()):
                if homes[name] not in reached and not is_known(name, map(by_name.get, reached)):
                    line = source.text[: first[name]].count("\n") + 1
                    yield Complaint(source.file.path, line, f"names {name} without {homes[name]}, which declares it")
