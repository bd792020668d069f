# SPDX-License-Identifier: GPL-2.0-or-later
"""forbid_bpf.py all|load|run COMMAND...: becomes COMMAND under a seccomp filter that answers EPERM to bpf(), or only to
loading programs, or only to running them without a packet, as a service manager, a container or a locked down kernel would."""
import ctypes
import errno
import os
import platform
import struct
import sys

BPF_CALL = {"x86_64": 321, "aarch64": 280}   # the number of bpf() by machine
COMMANDS = {"all": None, "load": 5, "run": 10}   # BPF_PROG_LOAD, BPF_PROG_TEST_RUN

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2

ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
LOAD_WORD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06   # classic BPF
CALL_NUMBER, FIRST_ARGUMENT = 0, 16                   # places in struct seccomp_data


def instruction(code, value, if_true=0, if_false=0):
    return struct.pack("HBBI", code, if_true, if_false, value)


def program(command):
    """Allows all other calls; the last instruction is the refusal."""
    ask = [instruction(LOAD_WORD, FIRST_ARGUMENT), instruction(JUMP_IF_EQUAL, command, 1, 0)] if command else []
    to_questions = 0 if command else 1
    return b"".join([instruction(LOAD_WORD, CALL_NUMBER),
                     instruction(JUMP_IF_EQUAL, BPF_CALL[platform.machine()], to_questions, len(ask)),
                     *ask, instruction(RETURN, ALLOW), instruction(RETURN, REFUSE)])


def forbid(command):
    code = ctypes.create_string_buffer(program(command))
    filters = struct.pack("HxxxxxxP", len(code.raw) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.create_string_buffer(filters)):
        raise OSError(ctypes.get_errno(), "seccomp")


forbid(COMMANDS[sys.argv[1]])
os.execv(sys.argv[2], sys.argv[2:])
