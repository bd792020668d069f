# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that are attached to devices themselves (tcx, Linux 6.6). Debian 12's bpftool knows nothing of them; libbpf
hands on what it is told."""

import ctypes
import errno
import functools
import os
import socket
from ctypes import byref, c_uint32

SIDES = {"ingress": 46, "egress": 47}  # enum bpf_attach_type
MOST = 64
LOOPBACK = 1


@functools.cache
def _libbpf():
    return ctypes.CDLL("libbpf.so.1", use_errno=True)


def _checked(result, attempt):
    if result < 0:
        raise OSError(-result, f"{attempt}: {os.strerror(-result)}")
    return result


def _query(index, side):
    """The programs' numbers; None where the kernel has no tcx."""
    ids, count = (c_uint32 * MOST)(), c_uint32(MOST)
    done = _libbpf().bpf_prog_query(index, SIDES[side], 0, None, ids, byref(count))
    if done == -errno.ENOENT:  # what Linux 6.6 says of an empty list
        return []
    return None if done else list(ids[:count.value])


@functools.cache
def is_here():
    return _query(LOOPBACK, "ingress") is not None


def programs(host, device, side):
    """Their numbers, in the order in which they see a packet; none where the kernel has no tcx."""
    with host.entered():
        return _query(socket.if_nametoindex(device), side) or []


SCHED_CLS = 3  # enum bpf_prog_type
# w0 = TC_ACT_UNSPEC; exit
LEAVE_TO_THE_NEXT = b"\xb4\x00\x00\x00\xff\xff\xff\xff" b"\x95\x00\x00\x00\x00\x00\x00\x00"


def pin_bystander(pin):
    """A program of somebody else that leaves every packet to the next."""
    code = LEAVE_TO_THE_NEXT
    program = _checked(_libbpf().bpf_prog_load(SCHED_CLS, b"bystander", b"GPL", code, len(code) // 8, None),
                       "load a program")
    _checked(_libbpf().bpf_obj_pin(program, os.fsencode(pin)), f"pin {pin}")
    os.close(program)


def _with_pinned(host, device, side, pin, call):
    program = _checked(_libbpf().bpf_obj_get(os.fsencode(pin)), f"open {pin}")
    try:
        with host.entered():
            index = socket.if_nametoindex(device)
            _checked(call(program, index, SIDES[side]), f"{device} {side}")
    finally:
        os.close(program)


def attach(host, device, side, pin):
    """The last of the list."""
    _with_pinned(host, device, side, pin, lambda program, index, kind: _libbpf().bpf_prog_attach(program, index, kind, 0))


def detach(host, device, side, pin):
    _with_pinned(host, device, side, pin, _libbpf().bpf_prog_detach2)
