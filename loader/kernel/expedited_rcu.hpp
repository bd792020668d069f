// SPDX-License-Identifier: GPL-2.0-or-later
// Grace periods of RCU in microseconds instead of a dozen milliseconds, as long as it lives: the kernel waits
// for some at each program that comes to or leaves a device (tcx), and at each device that ends. It is a
// switch of the whole machine (/sys/kernel/rcu_expedited): whoever has set it keeps it, and `note`, a file of
// the state folder, says that it has to be put back when this process is killed. Where it cannot be written
// all takes longer.
#pragma once

#include <filesystem>

namespace sluice {

class ExpeditedRcu {
 public:
  explicit ExpeditedRcu(const std::filesystem::path& state);
  ~ExpeditedRcu();
  ExpeditedRcu(const ExpeditedRcu&) = delete;
  ExpeditedRcu& operator=(const ExpeditedRcu&) = delete;

  // What a process that was killed has left.
  static void put_back(const std::filesystem::path& state);

 private:
  std::filesystem::path note_;   // empty: nothing was set here
};

}   // namespace sluice
