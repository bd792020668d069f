#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""house_rules.py ROOT [RULE...]: checks the tree against all rules, or those named. Exit status 1: there are complaints."""
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from house import alone, declared, includes, names, patterns, python, texts
from house.tree import files_of

RULES = {name.removeprefix("check_"): rule for module in (alone, declared, includes, names, patterns, python, texts)
         for name, rule in vars(module).items() if name.startswith("check_")}


def complaints_of(root, names=None):
    files = files_of(root)
    return [complaint for name in names or RULES for complaint in RULES[name](files)]


def main():
    found = complaints_of(sys.argv[1], sys.argv[2:])
    for complaint in found:
        print(complaint)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
