// SPDX-License-Identifier: GPL-2.0-or-later
#include "resolver/resolver.hpp"

#include <utility>

namespace sluice {

// Other upstreams may answer otherwise.
void Resolver::follow(const ResolverOrder& order) {
  std::map<std::string, ZoneState> zones;
  std::set<IpAddress> own;
  for (const ServedZone& zone : order.zones) {
    const auto before = zones_.find(zone.name);
    zones.emplace(zone.name, ZoneState{dns::KnownNames(zone.names),
                                       before == zones_.end() ? DnsCounts{} : before->second.counts});
    for (const ListenPlace& place : zone.places) own.insert(place.address);
  }
  zones_ = std::move(zones);
  if (order.settings.upstreams != settings_.upstreams) cache_.clear();
  settings_ = order.settings;
  upstreams_.use(settings_.upstreams, std::move(own));
}

void Resolver::ask(const std::string& zone, const IpAddress& client, dns::BytesView message, size_t most,
                   Answer answer) {
  const auto at = zones_.find(zone);
  if (at == zones_.end()) return answer({});   // it is not served any more
  DnsCounts& counts = at->second.counts;
  ++counts.queries;
  auto query = dns::read_query(message);
  if (!query) {
    ++counts.refused;
    return answer(query.error().value_or(dns::Bytes{}));
  }
  if (auto known = at->second.names.answer(*query)) {
    ++counts.own;
    return answer(std::move(*known));
  }
  const auto found = cache_.find(dns::key_of(*query), dns::Cache::Clock::now());
  if (found.reply) {
    ++counts.cached;
    return answer(dns::write_answer(*found.reply, *query, found.age, most ? most : query->room));
  }
  ask_others({zone, dns::client_of(client), std::move(*query), most, std::move(answer)});
}

bool Resolver::may_wait(const IpAddress& client) const {
  const auto at = waiting_.find(client);
  return all_waiting_ < kMostOpen && (at == waiting_.end() || at->second < kMostOpenOfClient);
}

void Resolver::forget_waiting(const IpAddress& client) {
  --all_waiting_;
  if (const auto at = waiting_.find(client); --at->second == 0) waiting_.erase(at);
}

// Who asks what is being asked already waits with the others.
void Resolver::ask_others(Waiter waiter) {
  if (!may_wait(waiter.client)) {
    ++zones_[waiter.zone].counts.refused;
    return waiter.answer(dns::write_error(waiter.query, dns::kServFail));
  }
  ++all_waiting_;
  ++waiting_[waiter.client];
  const std::string key = dns::key_of(waiter.query);
  Open& open = open_[key];
  const dns::Query query = waiter.query;
  open.waiters.push_back(std::move(waiter));
  if (open.exchange) return;
  open.exchange = std::make_shared<Exchange>(
      io_, upstreams_, query, [this, key](const dns::Cache::SharedReply& reply) { end(key, reply); });
  open.exchange->start();
}

void Resolver::end(const std::string& key, const dns::Cache::SharedReply& reply) {
  const auto at = open_.find(key);
  const std::vector<Waiter> waiters = std::exchange(at->second.waiters, {});
  open_.erase(at);
  if (reply) cache_.put(key, reply, waiters.front().client, dns::Cache::Clock::now());
  for (const Waiter& waiter : waiters) {
    forget_waiting(waiter.client);
    if (const auto zone = zones_.find(waiter.zone); zone != zones_.end())
      ++(reply ? zone->second.counts.forwarded : zone->second.counts.failed);
    const size_t most = waiter.most ? waiter.most : waiter.query.room;
    waiter.answer(reply ? dns::write_answer(*reply, waiter.query, {}, most)
                        : dns::write_error(waiter.query, dns::kServFail));
  }
}

ResolverNews Resolver::news() const {
  ResolverNews news{
      .zones = {}, .troubles = {}, .cache_bytes = cache_.bytes(), .cache_entries = cache_.size()};
  for (const auto& [name, zone] : zones_) news.zones.emplace(name, zone.counts);
  return news;
}

}   // namespace sluice
