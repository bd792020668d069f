// SPDX-License-Identifier: GPL-2.0-or-later
// A real wireguard-go in a network namespace and a /run of its own.
#pragma once

#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/mount.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "../support/network_namespace.hpp"
#include "kernel/netlink/socket.hpp"
#include "kernel/wireguard/wireguard.hpp"

namespace sluice::test {

inline const std::string kTestTunnel = "slwgtest";

// A /run that nobody else sees, and no tunnel behind the test, however it ends.
struct TunnelLab {
  RtnlSocket rtnl = RtnlSocket::open().value();

  TunnelLab() {
    EXPECT_EQ(::unshare(CLONE_NEWNS), 0);
    EXPECT_EQ(::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    EXPECT_EQ(::mount("run", "/run", "tmpfs", 0, nullptr), 0);
  }
  ~TunnelLab() { (void)stop_userspace_tunnel(kTestTunnel); }

  bool possible() { return refusal_of(find_tunnel_backends(rtnl).userspace).empty(); }
};

// Ends the test where there is no wireguard-go.
#define NEEDS_WIREGUARD_GO(lab) \
  if (!(lab).possible()) return (void)std::puts("no wireguard-go here")

template <class Condition>
bool comes_true_soon(Condition&& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

// Those of the tunnel in this network namespace, by their numbers: one that ended has no command line any
// more, and those of tests beside this one are elsewhere.
inline std::vector<pid_t> tunnel_processes() {
  std::vector<pid_t> found;
  std::error_code error, gone;
  const auto here = std::filesystem::read_symlink("/proc/self/ns/net", error);
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    std::ifstream file(entry.path() / "cmdline");
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (text.contains("wireguard-go") && text.contains(kTestTunnel) &&
        std::filesystem::read_symlink(entry.path() / "ns/net", gone) == here)
      found.push_back(std::stoi(entry.path().filename()));
  }
  return found;
}

inline bool has_tunnel_device() { return if_nametoindex(kTestTunnel.c_str()) != 0; }

}   // namespace sluice::test
