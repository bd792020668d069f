// SPDX-License-Identifier: GPL-2.0-or-later
// The files of the front. What HAProxy reads is in `conf`, which its user may not write into; its sockets are
// in `run`, which is its user's.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace sluice {

struct FrontPaths {
  std::filesystem::path base;   // gone with the machine's memory
  std::filesystem::path kept;   // of files that the document names relatively; in the state folder

  std::filesystem::path conf() const { return base / "conf"; }
  std::filesystem::path run() const { return base / "run"; }
  std::filesystem::path certificates() const { return conf() / "certificates"; }
  std::filesystem::path acme() const { return kept / "acme"; }
  // Chain and key of a certificate that was asked for, below `kept`; "+" is in the name of no host.
  static std::string ordered_file(std::string_view name) {
    return "acme/" + (name.starts_with('*') ? "+" + std::string(name.substr(1)) : std::string(name)) + ".pem";
  }
  std::filesystem::path config() const { return conf() / "haproxy.cfg"; }
  std::filesystem::path certificate_list() const { return conf() / "certificates.list"; }
  std::filesystem::path candidate() const { return conf() / "candidate.cfg"; }   // that is checked
  std::filesystem::path token_key(std::string_view name) const { return conf() / name; }
  std::filesystem::path map(std::string_view name) const { return conf() / (std::string(name) + ".map"); }
  std::filesystem::path stats_socket() const { return run() / "stats.sock"; }
  std::filesystem::path master_socket() const { return run() / "master.sock"; }
  std::filesystem::path peers_socket() const { return run() / "peers.sock"; }
  std::filesystem::path nobodys_socket() const { return run() / "nobody.sock"; }
  std::filesystem::path tls_socket() const {
    return run() / "tls.sock";
  }   // to see what certificate is served
  std::filesystem::path pid_file() const { return run() / "haproxy.pid"; }
};

}   // namespace sluice
