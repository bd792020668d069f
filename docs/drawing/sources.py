# SPDX-License-Identifier: GPL-2.0-or-later
"""The fast path's functions as a call graph: which stages a packet goes through, and why each may drop it."""
import re
from functools import cached_property

FUNCTION = re.compile(r"^(?:static __always_inline |__noinline |int )[^;{}]*?\b(\w+)\([^;{}]*\)\n\{\n(.*?)^\}", re.M | re.S)
REASON = re.compile(r'X\((\d+), (\w+), ((?!bridge)\w+), "([^"]*)"\)')
DISPATCH = ("count", "drop", "drop_with_answer")   # said by everybody, tell nothing


class Sources:
    """The headers and one entry file."""

    def __init__(self, root, entry):
        self.root = root
        files = [file for file in sorted((root / "bpf").glob("*/*.h")) if not file.stem.endswith(f"_{self.other(entry)}")]
        texts = [file.read_text() for file in [*files, root / "bpf" / f"{entry}.bpf.c"]]
        self.functions = {found[1]: found[2] for text in texts for found in FUNCTION.finditer(text)}

    @staticmethod
    def other(entry):
        return "xdp" if entry == "tc" else "tc"

    @cached_property
    def reasons(self):
        """symbol -> (number, name), of those that programs give"""
        text = (self.root / "maps" / "drop_reasons.h").read_text()
        return {found[2]: (int(found[1]), found[2].lower().replace("_", "-")) for found in REASON.finditer(text)}

    def stages(self, function):
        """The functions that a packet goes through, in order: STAGE(...), and the one that ends it."""
        body = self.functions[function]
        return re.findall(r"\bSTAGE(?:_EXCEPT)?\((?:\w+, )?(\w+)\(", body) + re.findall(r"^\treturn (\w+)\(", body, re.M)[-1:]

    def called(self, function):
        names = re.findall(r"\b(\w+)\(", self.functions[function])
        return [name for name in names if name in self.functions and name not in DISPATCH]

    def calls(self, function, wanted):
        """That function, or what it calls, calls the wanted one."""
        return wanted in self.reachable(function, ())

    def reachable(self, function, borders):
        found, left = set(), [function]
        while left:
            name = left.pop()
            if name not in found:
                found.add(name)
                left += [callee for callee in self.called(name) if callee not in borders]
        return found

    def drops(self, function, borders):
        """The reasons that a function gives, down to functions that are drawn by themselves, by number."""
        bodies = " ".join(self.functions[name] for name in self.reachable(function, set(borders) - {function}))
        symbols = set(re.findall(r"(?<![=!]= )\bSL_DROP_(\w+)", bodies)) & set(self.reasons)
        return sorted(self.reasons[symbol] for symbol in symbols)
