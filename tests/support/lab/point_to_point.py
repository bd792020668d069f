# SPDX-License-Identifier: GPL-2.0-or-later
"""Two devices without link headers that are each other's other end, as those of PPP are."""

import contextlib
import fcntl
import os
import selectors
import struct
import threading

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 0x0001, 0x1000
LARGEST = 1 << 16


def _open(host, name):
    with host.entered():
        device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


def _pass_on(ends, stop):
    with selectors.DefaultSelector() as ready:
        for end in (*ends, stop):
            ready.register(end, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                if key.fd == stop:
                    return
                with contextlib.suppress(BlockingIOError, OSError):   # OSError: the other end is down
                    os.write(ends[key.fd == ends[0]], os.read(key.fd, LARGEST))


@contextlib.contextmanager
def point_to_point(one, other, mtu=1492):
    """Each of them is (host, name of its device)."""
    ends = [_open(*one), _open(*other)]
    stop, stopping = os.pipe()
    for host, name in (one, other):
        host.ip(f"link set {name} up mtu {mtu}")
    carrier = threading.Thread(target=_pass_on, args=(ends, stop), daemon=True)
    carrier.start()
    try:
        yield
    finally:
        os.close(stopping)
        carrier.join()
        for descriptor in (*ends, stop):
            os.close(descriptor)
