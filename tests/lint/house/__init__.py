# SPDX-License-Identifier: GPL-2.0-or-later
"""The house rules. Each is a function of a tree that yields complaints; house_rules_test.py shows what each catches."""
