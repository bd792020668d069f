# SPDX-License-Identifier: GPL-2.0-or-later
"""Throw-away virtual machines with stock kernels, over the root of this machine or another one (docs/lab.md)."""

from .errors import VmError
from .kernels import Kernel, find_kernel
from .machine import Hardware, Machine
from .remote import RemoteMachine

__all__ = ["Hardware", "Kernel", "Machine", "RemoteMachine", "VmError", "find_kernel"]
