// SPDX-License-Identifier: GPL-2.0-or-later
// Answers of upstreams for as long as they live. Bounded in bytes, and what each client made it keep is too:
// whoever asks for very many names pushes out his own first.
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "dns/message.hpp"

namespace sluice::dns {

// What answers the same question: its name, type, and flags that change the answer.
std::string key_of(const Query& query);

// Who shares a bound: an IPv4 address, or the /64 of an IPv6 address.
IpAddress client_of(const IpAddress& address);

class Cache {
 public:
  using Clock = std::chrono::steady_clock;
  using SharedReply = std::shared_ptr<const Reply>;

  Cache(size_t most_bytes, size_t most_of_client) : most_(most_bytes), most_of_client_(most_of_client) {}

  struct Found {
    SharedReply reply;
    std::chrono::seconds age{};
    SharedReply cleaned{};   // what of it is told where nobody may lead inside; null: that is not known yet
  };
  // `reply`: null where there is none that lives.
  Found find(const std::string& key, Clock::time_point now);
  void put(const std::string& key, SharedReply reply, const IpAddress& client, Clock::time_point now);
  // Beside its reply, and in the same bounds.
  void keep_cleaned(const std::string& key, const SharedReply& reply, SharedReply cleaned);
  void forget_cleaned();
  void clear();
  size_t bytes() const { return bytes_; }
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    SharedReply reply, cleaned;
    IpAddress client;
    Clock::time_point came;
    size_t bytes = 0;
    std::list<Entry*>::iterator in_client;
  };
  using Entries = std::list<Entry>;   // the one that was used last comes first
  struct Share {
    size_t bytes = 0;
    std::list<Entry*> entries;   // the newest first
  };

  void put_bytes(Entry& entry, size_t bytes);
  void remove(Entries::iterator entry);

  const size_t most_, most_of_client_;
  size_t bytes_ = 0;
  Entries entries_;
  std::unordered_map<std::string, Entries::iterator> by_key_;
  std::unordered_map<std::string, Share> shares_;   // by the bytes of the client
};

}   // namespace sluice::dns
