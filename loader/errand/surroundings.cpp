// SPDX-License-Identifier: GPL-2.0-or-later
#include "errand/surroundings.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.hpp"
#include "kernel/nobody.hpp"

namespace sluice {
namespace {

Result<> done(int result, const char* doing) { return result == 0 ? Result<>() : fail_errno(doing, errno); }

Result<> take_a_folder() {
  TRY(done(::unshare(CLONE_NEWNS), "make a namespace of mounts"));
  TRY(done(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "keep mounts apart"));
  return done(::mount("errand", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=16m"),
              "make a folder in memory");
}

// uacme has no option for it.
Result<> trust(const std::string& certificates) {
  constexpr const char* kCopy = "/tmp/trusted.pem";
  TRY(write_file_atomically(kCopy, certificates, 0644));
  return done(::mount(kCopy, kTrustedCertificates, nullptr, MS_BIND, nullptr),
              "trust the authority's certificates");
}

}   // namespace

Result<> leave_privileges(const std::string& trusted) {
  if (::geteuid() != 0) return {};
  TRY(take_a_folder());
  if (!trusted.empty()) TRY(trust(trusted));
  return become_nobody();
}

}   // namespace sluice
