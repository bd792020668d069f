// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/sshd_sockets.hpp"

#include <netinet/tcp.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>

#include "base/file.hpp"
#include "base/number.hpp"
#include "kernel/socket_table.hpp"

namespace sluice {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLongestName = 64;

bool is_sshd(const fs::path& process) {
  const auto name = read_file((process / "comm").string(), kLongestName);
  return name && name->starts_with("sshd");
}

// "socket:[4711]"
std::optional<uint64_t> inode_in(std::string_view link) {
  constexpr std::string_view kHead = "socket:[";
  if (!link.starts_with(kHead) || !link.ends_with(']')) return std::nullopt;
  return whole_number<uint64_t>(link.substr(kHead.size(), link.size() - kHead.size() - 1));
}

// What may not be read is left out.
void add_inodes(const fs::path& process, std::set<uint64_t>& inodes) {
  std::error_code error;
  for (fs::directory_iterator at(process / "fd", error), end; !error && at != end; at.increment(error)) {
    std::error_code unread;
    if (const auto inode = inode_in(fs::read_symlink(at->path(), unread).string())) inodes.insert(*inode);
  }
}

std::set<uint64_t> inodes_of_sshd() {
  std::set<uint64_t> inodes;
  std::error_code error;
  for (fs::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error))
    if (whole_number<uint32_t>(at->path().filename().string()) && is_sshd(at->path()))
      add_inodes(at->path(), inodes);
  return inodes;
}

std::vector<ListeningSocket> all_listening() {
  std::vector<ListeningSocket> all;
  for (const char* name : {"tcp", "tcp6"})
    std::ranges::copy(listening_sockets(read_socket_table(name)), std::back_inserter(all));
  return all;
}

}   // namespace

std::vector<ListeningSocket> listening_sockets(std::string_view table) {
  std::vector<ListeningSocket> sockets;
  for (const SocketRow& row : socket_rows(table))
    if (row.state == TCP_LISTEN && row.inode) sockets.push_back({row.own, *row.inode});
  return sockets;
}

std::set<uint16_t> sshd_ports() {
  const std::set<uint64_t> inodes = inodes_of_sshd();
  std::set<uint16_t> ports;
  for (const ListeningSocket& socket : all_listening())
    if (inodes.contains(socket.inode)) ports.insert(socket.at.port);
  return ports;
}

std::vector<Endpoint> sockets_at(const std::set<uint16_t>& ports) {
  std::vector<Endpoint> found;
  for (const ListeningSocket& socket : all_listening())
    if (ports.contains(socket.at.port)) found.push_back(socket.at);
  return found;
}

}   // namespace sluice
