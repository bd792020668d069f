# SPDX-License-Identifier: GPL-2.0-or-later
"""An FTP server that knows as much as a download in passive mode needs (RFC 959, RFC 2428)."""

import socket
import socketserver

from .servers import serve_tcp


class _Ftp(socketserver.StreamRequestHandler):
    """Any name, any password, one file."""

    def handle(self):
        self.listener = None
        self._say("220 ready")
        for line in self.rfile:
            verb, _, rest = line.decode().strip().partition(" ")
            answer = getattr(self, f"_do_{verb.lower()}", lambda _: self._say("502 not here"))
            answer(rest)
            if verb == "QUIT":
                return

    def _say(self, text):
        self.wfile.write(f"{text}\r\n".encode())

    def _do_user(self, _):
        self._say("331 and the password?")

    def _do_pass(self, _):
        self._say("230 welcome")

    def _do_pwd(self, _):
        self._say('257 "/"')

    def _do_type(self, _):
        self._say("200 yes")

    def _do_size(self, _):
        self._say(f"213 {len(self.server.content)}")

    def _do_quit(self, _):
        self._say("221 bye")

    def _listen(self):
        own = self.request.getsockname()[0].removeprefix("::ffff:")
        with self.server.host.entered():
            self.listener = socket.create_server((own, 0))
        return own, self.listener.getsockname()[1]

    def _do_epsv(self, _):
        self._say(f"229 here (|||{self._listen()[1]}|)")

    def _do_pasv(self, _):
        address, port = self._listen()
        self._say(f"227 here ({address.replace('.', ',')},{port >> 8},{port & 255})")

    def _do_retr(self, _):
        self._say("150 it comes")
        data, _ = self.listener.accept()
        with data:
            data.sendall(self.server.content)
        self.listener.close()
        self._say("226 that was all")


def ftp_server(host, content, port=21):
    server = serve_tcp(host, _Ftp, port)
    server.host, server.content = host, content
    return server
