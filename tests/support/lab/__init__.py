# SPDX-License-Identifier: GPL-2.0-or-later
"""A laboratory of network namespaces: hosts, wires, servers and the real gateway, for tests and the demo."""

from .commands import CommandFailed
from .gateway import Gateway
from .home import HomeLab
from .host import Host
from .lab import Lab
from .wait import eventually, past, stays

__all__ = ["CommandFailed", "Gateway", "HomeLab", "Host", "Lab", "eventually"]
