// SPDX-License-Identifier: GPL-2.0-or-later
// From a question of a client to its answer: out of the document, out of the cache, or of an upstream. Knows
// no sockets of clients.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "dns/cache.hpp"
#include "dns/known_names.hpp"
#include "model/resolver_news.hpp"
#include "resolver/exchange.hpp"
#include "resolver/long_answers.hpp"
#include "resolver/open_addresses.hpp"
#include "resolver/upstreams.hpp"

namespace sluice {

class Resolver {
 public:
  // Bounds, so that no client takes what is there for all. A client is an IPv4 address or an IPv6 /64.
  static constexpr size_t kMostOpen = 4096, kMostOpenOfClient = 256;
  static constexpr size_t kMostCached = size_t{32} << 20, kMostCachedOfClient = size_t{4} << 20;

  // `open` has the addresses of a look-up opened; done() is called then.
  Resolver(boost::asio::io_context& io, std::function<void(NumberedLookUp)> open)
      : io_(io), open_addresses_(std::move(open)), cache_(kMostCached, kMostCachedOfClient) {}

  void follow(const ResolverOrder& order);

  // `most`: bytes of the answer; 0: what the client says that a datagram may have. Empty: no answer is given.
  using Answer = std::function<void(dns::Bytes)>;
  void ask(const std::string& zone, const IpAddress& client, dns::BytesView message, size_t most,
           Answer answer);

  void done(const LookUpDone& done);

  // Its troubles are none of this.
  ResolverNews news() const;

 private:
  struct ZoneState {
    dns::KnownNames names{{}};
    std::vector<std::string> domains;
    bool strangers = false;
    DnsCounts counts;
    bool is_guarded() const { return strangers || !domains.empty(); }
  };
  struct Waiter {
    std::string zone;
    IpAddress client;
    dns::Query query;
    size_t most;
    Answer answer;
  };
  struct Open {
    std::shared_ptr<Exchange> exchange;
    std::vector<Waiter> waiters;
  };

  void ask_others(Waiter waiter);
  // A client that waits has an answer; it is held back until its addresses are open.
  void tell(Waiter waiter, dns::Cache::Found& found);
  const dns::Cache::SharedReply& cleaned(dns::Cache::Found& found, const dns::Query& query);
  bool is_wanted(const IpAddress& address) const;
  // What has to be open before this is told.
  std::optional<LookUp> missing(const ZoneState& zone, const Waiter& waiter, const dns::Reply& told,
                                std::chrono::seconds age) const;
  bool may_read(const std::string& key, size_t bytes);
  bool begin_waiting(const IpAddress& client);
  bool may_wait(const IpAddress& client) const;
  void forget_waiting(const IpAddress& client);
  void end(const std::string& key, const dns::Cache::SharedReply& reply);

  boost::asio::io_context& io_;
  std::function<void(NumberedLookUp)> open_addresses_;
  OpenAddresses opened_;
  std::set<IpAddress> own_;
  struct Held {
    Waiter waiter;
    dns::Bytes answer;
    LookUp look_up;
  };
  std::unordered_map<uint64_t, Held> held_;
  uint64_t held_before_ = 0;
  Upstreams upstreams_;
  ResolverSettings settings_;
  dns::Cache cache_;
  std::map<std::string, ZoneState> zones_;
  std::unordered_map<std::string, Open> open_;   // by question
  std::map<IpAddress, size_t> waiting_;          // by client
  LongAnswers long_answers_;
  size_t all_waiting_ = 0;
};

}   // namespace sluice
