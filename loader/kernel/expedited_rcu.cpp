// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/expedited_rcu.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <system_error>

#include "base/file.hpp"
#include "base/unique_fd.hpp"
#include "kernel/sysctl/sysctl.hpp"

namespace sluice {
namespace {

constexpr const char* kSwitch = "/sys/kernel/rcu_expedited";
constexpr const char* kNote = "rcu-expedited";   // holds the identity of the boot
constexpr size_t kLimit = 64;
constexpr unsigned kMode = 0600;

// The file has one byte of consequence.
bool is_set() {
  const auto text = read_file(kSwitch, kLimit);
  return !text || !text->starts_with('0');
}

bool set(bool on) {
  const UniqueFd file(open(kSwitch, O_WRONLY | O_CLOEXEC));
  return file && write(file.get(), on ? "1" : "0", 1) == 1;
}

std::string this_boot() { return boot_id().value_or(""); }

void forget(const std::filesystem::path& note) {
  std::error_code ignored;   // it is looked at again at the next start
  std::filesystem::remove(note, ignored);
}

}   // namespace

ExpeditedRcu::ExpeditedRcu(const std::filesystem::path& state) {
  if (is_set() || !write_new_file(state / kNote, this_boot(), kMode)) return;
  if (set(true))
    note_ = state / kNote;
  else
    forget(state / kNote);
}

ExpeditedRcu::~ExpeditedRcu() {
  if (note_.empty()) return;
  set(false);
  forget(note_);
}

void ExpeditedRcu::put_back(const std::filesystem::path& state) {
  const auto boot = read_file(state / kNote, kLimit);
  if (!boot) return;
  if (*boot == this_boot()) set(false);
  forget(state / kNote);
}

}   // namespace sluice
