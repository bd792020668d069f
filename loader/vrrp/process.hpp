// SPDX-License-Identifier: GPL-2.0-or-later
// keepalived, as it is installed here, and the process of it that has the addresses of a cluster. It outlives
// this process: who is active stays active while the daemon is another one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "kernel/other_daemon.hpp"
#include "kernel/probe.hpp"

namespace sluice {

Result<std::string> find_keepalived();   // its path
ProbeRow probe_keepalived();

class KeepalivedProcess {
 public:
  explicit KeepalivedProcess(std::filesystem::path folder) : folder_(std::move(folder)) {}

  bool runs() const { return find_process(daemon()).has_value(); }
  std::string config() const;   // that it was given; empty: none
  // From now on this. One that runs goes on as what it is, active or not.
  Result<> put(const std::string& config) const;
  // One that is active says that it speaks seldom, and others wait for it that long (RFC 5798 section 6.1,
  // Master_Adver_Interval): until another configuration is put. Nothing where none runs.
  Result<> be_patient() const;
  // Ends it until it is put again; its folder stays.
  Result<> pause() const { return runs() ? end() : Result<>(); }
  // Ends it: the addresses are taken off, and another node has them at once. Nothing of its folder stays.
  Result<> stop() const;

  std::filesystem::path health_file() const { return folder_ / "health"; }
  // What is added to the priority.
  Result<> put_health(int worth) const;

 private:
  std::string unit() const;
  std::filesystem::path config_file() const { return folder_ / "keepalived.conf"; }
  std::filesystem::path pid_file() const { return folder_ / "keepalived.pid"; }
  // The number of its second process, which has the addresses.
  std::filesystem::path speaker_file() const { return folder_ / "vrrp.pid"; }
  std::vector<std::string> words(const std::string& program) const;
  Result<> start() const;
  Result<> end() const;
  OtherDaemon daemon() const { return {pid_file(), "root", config_file()}; }

  std::filesystem::path folder_;
};

}   // namespace sluice
