// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's connection tracking: read, and written with the translations that its flows have.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernel/conntrack/messages.hpp"
#include "kernel/conntrack/nfnl_socket.hpp"

namespace sluice {

// What became of many entries.
struct ConntrackOutcome {
  uint32_t done = 0;
  uint32_t already = 0;   // create, keep: there with the same translation, and refreshed
  uint32_t gone = 0;      // set_marks, remove: not there
  struct Failure {
    size_t index;      // into what was given
    std::string why;   // a sentence that names the flow
  };
  std::vector<Failure> failures;
};

class Conntrack {
 public:
  static Result<Conntrack> open();   // of this thread's network namespace; needs CAP_NET_ADMIN

  std::optional<uint64_t> count();   // of this namespace; none: not known
  bool is_empty();                   // false: or not known

  using Each = std::function<void(const ConntrackEntry&)>;
  // Both families, as they come: memory does not grow with the table, and an entry may come twice when the
  // table changes meanwhile.
  Result<> dump(const Each& each, const ConntrackFilter& filter = {});
  // The same in pieces of a few hundred; false: that was the last one. Between them nothing else may be
  // asked.
  Result<> begin_dump();
  Result<bool> next_of_dump(const Each& each);
  Result<std::optional<ConntrackEntry>> find(const ConntrackEntry& entry);   // by its original direction

  // Entries with their translations. One whose original direction is there with another translation, also of
  // sequence numbers, is replaced; one whose answers would be those of another flow fails. A failure does not
  // stop the rest.
  Result<ConntrackOutcome> create(std::span<const ConntrackEntry> entries);
  // The same for connections that another machine carries: what was seen here of one that is there is of an
  // earlier time, or of an earlier connection.
  Result<ConntrackOutcome> keep(std::span<const ConntrackEntry> entries);
  Result<ConntrackOutcome> set_marks(std::span<const ConntrackEntry> entries);
  Result<ConntrackOutcome> remove(std::span<const ConntrackEntry> entries);

 private:
  using Request = NlRequest (*)(const ConntrackEntry&);
  using Refused = std::function<void(size_t index, const NlVerdict&, const NlRequest&)>;

  explicit Conntrack(NfnlSocket socket) : socket_(std::move(socket)) {}
  // One request for each entry, many at once; answers how many were not refused.
  Result<uint32_t> for_all(std::span<const ConntrackEntry> entries, Request request, const Refused& refused);
  Result<ConntrackOutcome> change(std::span<const ConntrackEntry> entries, Request request);
  Result<ConntrackOutcome> put(std::span<const ConntrackEntry> entries, Request there);
  Result<> settle(const ConntrackEntry& entry, size_t index, Request there, ConntrackOutcome& outcome);
  Result<> recreate(const ConntrackEntry& entry, size_t index, ConntrackOutcome& outcome);

  NfnlSocket socket_;
};

}   // namespace sluice
