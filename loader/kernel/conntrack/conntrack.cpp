// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/conntrack/conntrack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace sluice {

namespace {

std::string taken_by_another(const ConntrackEntry& entry) {
  return fmt::format("create flow {} in conntrack: another flow has the addresses and ports of its answers",
                     to_string(entry));
}

// What is added to numbers cannot be changed later, where the kernel itself made the entry without.
bool is_same_flow(const ConntrackEntry& found, const ConntrackEntry& wanted) {
  return found.original == wanted.original && found.reply == wanted.reply &&
         found.added_to_answers == wanted.added_to_answers;
}

}   // namespace

Result<Conntrack> Conntrack::open() { return Conntrack(TRY(NfnlSocket::open())); }

std::optional<uint64_t> Conntrack::count() {
  NlRequest request = conntrack_count_request();
  std::optional<uint64_t> count;
  const auto asked = socket_.ask(
      {&request, 1}, [&](const nlmsghdr& message) { count = parse_conntrack_count(message); },
      [](size_t, const NlVerdict&) {});
  return asked ? count : std::nullopt;
}

// The kernel walks over the whole machine's table for a list, however few entries are this namespace's; it
// knows how many those are. Whose kernel does not say asks for the list.
bool Conntrack::is_empty() { return count() == 0u; }

Result<> Conntrack::dump(const Each& each, const ConntrackFilter& filter) {
  if (is_empty()) return {};
  return socket_.dump(conntrack_dump_request(filter), [&](const nlmsghdr& message) {
    if (const auto entry = parse_conntrack(message)) each(*entry);
  });
}

Result<> Conntrack::begin_dump() { return socket_.begin_dump(conntrack_dump_request({})); }

Result<bool> Conntrack::next_of_dump(const Each& each) {
  return socket_.next_of_dump([&](const nlmsghdr& message) {
    if (const auto entry = parse_conntrack(message)) each(*entry);
  });
}

Result<std::optional<ConntrackEntry>> Conntrack::find(const ConntrackEntry& entry) {
  NlRequest request = conntrack_find_request(entry);
  std::optional<ConntrackEntry> found;
  std::optional<NlVerdict> refused;
  TRY(socket_.ask(
      {&request, 1}, [&](const nlmsghdr& message) { found = parse_conntrack(message); },
      [&](size_t, const NlVerdict& verdict) { refused = verdict; }));
  if (refused && refused->errnum != ENOENT) return std::unexpected(refusal_of(request.attempt(), *refused));
  return found;
}

Result<uint32_t> Conntrack::for_all(std::span<const ConntrackEntry> entries, Request request,
                                    const Refused& refused) {
  size_t refusals = 0;
  std::vector<NlRequest> piece;
  for (size_t done = 0; done < entries.size(); done += piece.size()) {
    piece.clear();
    for (const ConntrackEntry& entry :
         entries.subspan(done).first(std::min(entries.size() - done, NfnlSocket::kAtOnce)))
      piece.push_back(request(entry));
    TRY(socket_.ask(piece, ignore_message, [&](size_t index, const NlVerdict& verdict) {
      ++refusals;
      refused(done + index, verdict, piece[index]);
    }));
  }
  return static_cast<uint32_t>(entries.size() - refusals);
}

Result<ConntrackOutcome> Conntrack::change(std::span<const ConntrackEntry> entries, Request request) {
  ConntrackOutcome outcome;
  outcome.done =
      TRY(for_all(entries, request, [&](size_t index, const NlVerdict& verdict, const NlRequest& attempted) {
        if (verdict.errnum == ENOENT)
          ++outcome.gone;
        else
          outcome.failures.push_back({index, refusal_of(attempted.attempt(), verdict).message});
      }));
  return outcome;
}

Result<ConntrackOutcome> Conntrack::set_marks(std::span<const ConntrackEntry> entries) {
  return change(entries, conntrack_mark_request);
}

Result<ConntrackOutcome> Conntrack::remove(std::span<const ConntrackEntry> entries) {
  return change(entries, conntrack_delete_request);
}

Result<ConntrackOutcome> Conntrack::create(std::span<const ConntrackEntry> entries) {
  return put(entries, conntrack_refresh_request);
}

Result<ConntrackOutcome> Conntrack::keep(std::span<const ConntrackEntry> entries) {
  return put(entries, conntrack_renew_request);
}

// `there`: what is asked for where an entry is there already.
Result<ConntrackOutcome> Conntrack::put(std::span<const ConntrackEntry> entries, Request there) {
  ConntrackOutcome outcome;
  std::vector<size_t> taken;
  outcome.done =
      TRY(for_all(entries, conntrack_create_request,
                  [&](size_t index, const NlVerdict& verdict, const NlRequest& attempted) {
                    if (verdict.errnum == EEXIST)
                      taken.push_back(index);
                    else
                      outcome.failures.push_back({index, refusal_of(attempted.attempt(), verdict).message});
                  }));
  for (const size_t index : taken) TRY(settle(entries[index], index, there, outcome));
  return outcome;
}

// The kernel says EEXIST for either direction: what stands there decides.
Result<> Conntrack::settle(const ConntrackEntry& entry, size_t index, Request there,
                           ConntrackOutcome& outcome) {
  const auto found = TRY(find(entry));
  if (!found) {
    outcome.failures.push_back({index, taken_by_another(entry)});
    return {};
  }
  if (!is_same_flow(*found, entry)) return recreate(entry, index, outcome);
  ConntrackEntry known = entry;
  known.status |= found->status;
  const auto refreshed = TRY(change({&known, 1}, there));
  outcome.already += refreshed.done;
  for (const auto& failure : refreshed.failures) outcome.failures.push_back({index, failure.why});
  return {};
}

Result<> Conntrack::recreate(const ConntrackEntry& entry, size_t index, ConntrackOutcome& outcome) {
  TRY(remove({&entry, 1}));
  const auto refused = [&](size_t, const NlVerdict& verdict, const NlRequest& attempted) {
    outcome.failures.push_back({index, verdict.errnum == EEXIST
                                           ? taken_by_another(entry)
                                           : refusal_of(attempted.attempt(), verdict).message});
  };
  outcome.done += TRY(for_all({&entry, 1}, conntrack_create_request, refused));
  return {};
}

}   // namespace sluice
