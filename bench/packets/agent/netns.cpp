// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>

#include <cerrno>
#include <cstdlib>

namespace sluice::bench {

namespace {

Result<UniqueFd> open_namespace(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno("open network namespace " + path, errno);
  return fd;
}

}   // namespace

Result<InNamespace> InNamespace::enter(const std::string& path) {
  UniqueFd home = TRY(open_namespace("/proc/thread-self/ns/net"));
  UniqueFd there = TRY(open_namespace(path));
  if (::setns(there.get(), CLONE_NEWNET) < 0) return fail_errno("enter network namespace " + path, errno);
  return InNamespace(std::move(home));
}

InNamespace::~InNamespace() {
  // A thread that stays in the wrong namespace would measure the wrong device: better none at all.
  if (home_ && ::setns(home_.get(), CLONE_NEWNET) < 0) std::abort();
}

Result<int> device_index(const std::string& device) {
  const unsigned index = ::if_nametoindex(device.c_str());
  if (index == 0) return fail_errno("find device " + device, errno);
  return static_cast<int>(index);
}

}   // namespace sluice::bench
