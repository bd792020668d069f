# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of the source tree, without what was built and what git keeps for itself."""
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SKIPPED = re.compile(r"(build.*|\.git|\.cache|__pycache__|\.pytest_cache)")
CODE = {".c", ".h", ".cpp", ".hpp", ".py", ".cmake"}


@dataclass(frozen=True)
class Complaint:
    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True)
class File:
    root: Path
    path: str   # from the root, with slashes

    @cached_property
    def text(self):
        return (self.root / self.path).read_text(encoding="utf-8", errors="replace")

    @property
    def lines(self):
        return enumerate(self.text.splitlines(), start=1)

    @property
    def suffix(self):
        return Path(self.path).suffix

    @property
    def is_script(self):
        return self.text.startswith("#!")

    @property
    def is_code(self):
        name = Path(self.path).name
        return self.suffix in CODE or self.is_script or name in ("CMakeLists.txt", ".clang-format", ".clang-tidy")

    def within(self, *folders):
        return any(self.path.startswith(folder + "/") for folder in folders)

    def matches(self, pattern):
        """(line number, match) wherever the expression is found."""
        return [(number, found) for number, line in self.lines for found in re.finditer(pattern, line)]


def files_of(root):
    root = Path(root)
    found = []
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if path.is_file() and not any(SKIPPED.fullmatch(part) for part in parts):
            found.append(File(root, "/".join(parts)))
    return found
