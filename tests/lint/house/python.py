# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules about Python: it can be read, and imports what it uses and no more. Debian has no linter for more in one piece."""
import ast

from house.tree import Complaint


def is_python(file):
    return file.suffix == ".py" or file.text.startswith(("#!/usr/bin/python3", "#!/usr/bin/env python3"))


def imported(tree):
    """name in this file -> line"""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                names[(alias.asname or alias.name).split(".")[0]] = node.lineno
    return names


def used(tree):
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def check_python(files):
    for file in filter(is_python, files):
        try:
            tree = ast.parse(file.text)
        except SyntaxError as error:
            yield Complaint(file.path, error.lineno or 1, f"not Python: {error.msg}")
            continue
        if file.path.endswith(("__init__.py", "conftest.py")):
            continue   # what they import is for others
        for name, line in imported(tree).items():
            if name not in used(tree):
                yield Complaint(file.path, line, f"{name} is imported and not used")
