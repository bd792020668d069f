# SPDX-License-Identifier: GPL-2.0-or-later
"""The other end of a VM's network card: a TAP device, a queue for each pair of the card (linux/if_tun.h)."""

import fcntl
import os
import struct

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_MULTI_QUEUE, IFF_NO_PI, IFF_VNET_HDR = 0x0002, 0x0100, 0x1000, 0x4000


def open_tap(name, queues=1):
    """Makes the device in the current namespace: descriptors for qemu. It is gone when the last of them is closed.

    IFF_VNET_HDR: open checksums and large segments cross as on a physical card with offloads.
    """
    flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | (IFF_MULTI_QUEUE if queues > 1 else 0)
    made = []
    for _ in range(queues):
        made.append(os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC))
        fcntl.ioctl(made[-1], TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
    return made


def virtio_card(name, mac, descriptors, **properties):
    """Words for qemu: a virtio-net card at such a device. Properties are qemu's: ctrl_guest_offloads="off"."""
    numbers = ":".join(str(descriptor) for descriptor in descriptors)
    queues = len(descriptors)
    if queues > 1:
        properties = {"mq": "on", "vectors": 2 * queues + 2, **properties}
    more = "".join(f",{key}={value}" for key, value in properties.items())
    which = "fds" if queues > 1 else "fd"
    return ["-netdev", f"tap,id={name},{which}={numbers},vhost=off",
            "-device", f"virtio-net-pci,netdev={name},mac={mac}{more}"]
