// SPDX-License-Identifier: GPL-2.0-or-later
#include "errand/surroundings.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.hpp"
#include "base/unique_fd.hpp"
#include "kernel/nobody.hpp"
#include "kernel/program.hpp"

namespace sluice {
namespace {

Result<> done(int result, const char* doing) { return result == 0 ? Result<>() : fail_errno(doing, errno); }

constexpr const char* kProgramThere = "/tmp/sluiced";

// With this program in it: where that lies may be hidden now, or be nobody's business (/root).
Result<> take_a_folder(const std::string& program) {
  TRY(done(::unshare(CLONE_NEWNS), "make a namespace of mounts"));
  TRY(done(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "keep mounts apart"));
  const UniqueFd file(::open_tree(AT_FDCWD, program.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  TRY(done(file ? 0 : -1, "take the program of sluiced along"));
  TRY(done(::mount("errand", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=16m"),
           "make a folder in memory"));
  TRY(write_file_atomically(kProgramThere, "", 0755));
  return done(::move_mount(file.get(), "", AT_FDCWD, kProgramThere, MOVE_MOUNT_F_EMPTY_PATH),
              "put the program of sluiced into a folder in memory");
}

// uacme has no option for it.
Result<> trust(const std::string& certificates) {
  constexpr const char* kCopy = "/tmp/trusted.pem";
  TRY(write_file_atomically(kCopy, certificates, 0644));
  return done(::mount(kCopy, kTrustedCertificates, nullptr, MS_BIND, nullptr),
              "trust the authority's certificates");
}

}   // namespace

Result<std::string> leave_privileges(const std::string& trusted) {
  std::string program = TRY(own_program());
  if (::geteuid() != 0) return program;
  TRY(take_a_folder(program));
  if (!trusted.empty()) TRY(trust(trusted));
  TRY(become_nobody());
  return kProgramThere;
}

}   // namespace sluice
