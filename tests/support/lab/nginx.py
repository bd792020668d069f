# SPDX-License-Identifier: GPL-2.0-or-later
"""A real nginx that says who it is, and that a test can break, freeze and stop."""

from .wait import eventually

CONFIG = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/errors.log;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen {port};
    location = /ready {{
      if (-f {folder}/broken) {{ return 500; }}
      return 200 "ready";
    }}
    location / {{ return 200 "{name}"; }}
  }}
}}
"""


class Nginx:
    """One process, which is ended with the lab."""

    def __init__(self, host, name, port):
        self.host, self.port = host, port
        self.folder = host.lab.directory / f"nginx-{name}"
        self.folder.mkdir(exist_ok=True)
        self.config = self.folder / "nginx.conf"
        self.config.write_text(CONFIG.format(folder=self.folder, name=name, port=port), encoding="ascii")
        self.broken = self.folder / "broken"
        self.process = None
        self.starts()

    def starts(self):
        self.process = self.host.start("nginx", "-e", self.folder / "errors.log", "-c", self.config)
        eventually("nginx listens", lambda: self.host.run("ss", "-Hltn", f"sport = :{self.port}").stdout)

    def breaks(self):
        """It answers, by 500."""
        self.broken.touch()

    def mends(self):
        self.broken.unlink()

    def signals(self, number):
        self.process.signal(number)

    def stops(self):
        self.process.kill()
