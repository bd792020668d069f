// SPDX-License-Identifier: GPL-2.0-or-later
// The folder of the BPF file system where everything that outlives the daemon is pinned.
#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice {

bool is_bpffs(const std::filesystem::path& path);
// The path itself, or the nearest folder above it that is there.
std::filesystem::path nearest_existing(std::filesystem::path path);

class Pins {
 public:
  explicit Pins(std::filesystem::path dir) : dir_(std::move(dir)) {}

  const std::filesystem::path& dir() const { return dir_; }
  std::filesystem::path map(std::string_view name) const { return dir_ / name; }
  std::filesystem::path program(std::string_view name) const { return dir_ / "programs" / name; }
  std::filesystem::path text(std::string_view table) const { return dir_ / "text" / table; }

  // Creates the folders (0700). Fails with what to do when this is no BPF file system.
  Result<> prepare() const;
  bool exist() const;
  Result<std::vector<std::string>> maps() const;   // names
  Result<UniqueFd> open(const std::filesystem::path& pin) const;
  // Puts fd there in place of what was there before.
  Result<> replace(const std::filesystem::path& pin, int fd) const;
  // Other programs than these are of an older build, and keep its tables in memory.
  Result<> remove_programs_but(const std::set<std::string, std::less<>>& names) const;
  Result<> remove_all() const;

  // Where another release's successor has its own, until all of it is there.
  Pins beside() const { return Pins(dir_ / "next"); }
  // Those take the place of these. A process that is killed meanwhile leaves it to the next one, which
  // finishes it.
  Result<> take_beside() const;
  Result<> finish_taking() const;   // nothing to finish: success

 private:
  std::filesystem::path dir_;
};

// Maps of an object that is about to be loaded, taken over from their pins. By libbpf's own reuse a DEVMAP
// never matches its pin (the kernel adds a flag to it), and tables that were sized for another amount of
// memory do not either: here only the rows' sizes must agree.
Result<> reuse_pinned_maps(const Pins& pins, bpf_object* object);

// Pins that somebody removed while programs on devices went on using the maps: the maps are taken back from
// them.

// The tc programs of sluice on the devices of this network namespace, by id.
std::vector<uint32_t> attached_programs();

// Whether every map and program that outlives the daemon has its pin.
Result<bool> has_all_pins(const Pins& pins);

// Whether a pin of those names something else: a map with other rows than the one that these programs use, or
// no program at all.
Result<bool> has_foreign_pins(const Pins& pins, const std::vector<uint32_t>& programs);

// Pins those of the programs' maps that have no pin, or a foreign one; a program's pin that is foreign is
// removed. How many maps; maps that no such program uses are not among
// them.
Result<size_t> rescue_pins(const Pins& pins, const std::vector<uint32_t>& programs);

}   // namespace sluice
