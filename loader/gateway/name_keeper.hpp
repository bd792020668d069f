// SPDX-License-Identifier: GPL-2.0-or-later
// Keeps a name of DNS leading to the gateway. A thread of its own waits for those who are told.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "ddns/order.hpp"
#include "gateway/worker.hpp"
#include "model/dynamic_dns.hpp"

namespace sluice {

struct FollowedSpot {
  DynamicDns dns;
  OutsideSpot spot;                  // nowhere: the name stays as it is
  std::vector<Endpoint> resolvers;   // who are asked for names
  bool operator==(const FollowedSpot&) const = default;
};

struct NameState {
  enum class Status : uint8_t { kOff, kNowhere, kPending, kCurrent, kFailed };
  Status status = Status::kOff;
  std::string name, server;                                    // the server that said so last
  OutsideSpot spot;                                            // that the name is to lead to
  std::optional<std::chrono::system_clock::time_point> told;   // since this process began
  std::string error;
};
std::string_view to_string(NameState::Status status);   // "off", "no address", "pending", "current", "failed"

// How long nothing is tried after so many failures in a row: 5 s, twice as long after each, 15 min at most.
std::chrono::seconds pause_of_name(unsigned failures);

class NameKeeper {
 public:
  // `state`: of files that the document names relatively.
  NameKeeper(std::filesystem::path state, std::string instance);

  // This from now on; nothing: no name.
  void want(std::optional<FollowedSpot> wanted);
  // Called by the thread when troubles are others than before.
  void tell(std::function<void()> changed);

  std::vector<std::string> troubles() const;   // sentences
  NameState state() const;
  // Looks again at once.
  void refresh();

 private:
  using Clock = Worker::Clock;

  std::optional<Clock::time_point> look_if_due(const std::stop_token& stop);
  std::optional<Clock::time_point> next() const;
  void look(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  void note(const FollowedSpot& followed, const DdnsOutcome& outcome);
  // Of the thread, without the lock.
  Result<DdnsOutcome> send(const FollowedSpot& followed, bool is_told, const std::stop_token& stop) const;
  Result<DdnsOrder> order_of(const FollowedSpot& followed) const;

  std::filesystem::path state_;
  std::string instance_;

  mutable std::mutex mutex_;
  std::optional<FollowedSpot> wanted_;
  std::optional<OutsideSpot> told_;   // that a provider took, and that is not seen to be otherwise for long
  std::optional<std::chrono::system_clock::time_point> told_at_;
  Clock::time_point looked_{}, changed_at_{};
  bool is_looked_at_ = false;   // what is wanted was seen to be so, or tried
  unsigned failures_ = 0;
  std::string error_, server_;
  std::function<void()> changed_;
  Worker worker_;   // behind all that it uses
};

}   // namespace sluice
