# SPDX-License-Identifier: GPL-2.0-or-later
"""What a server that reads what strangers send is sent."""

import socket

GARBAGE = [b"\r\n\r\n", b"GET", b"GET /metrics HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00", b"A" * 20000,
           b"GET /metrics HTTP/1.1\r\n" + b"X: y\r\n" * 3000 + b"\r\n"]


def send_all_of(connection, sent):
    """Until the other side has had enough."""
    try:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass
    except OSError:   # it was closed already
        pass
