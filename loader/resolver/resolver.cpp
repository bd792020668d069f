// SPDX-License-Identifier: GPL-2.0-or-later
#include "resolver/resolver.hpp"

#include <algorithm>
#include <utility>

#include "model/domains.hpp"

namespace sluice {

// Other upstreams may answer otherwise.
void Resolver::follow(const ResolverOrder& order) {
  std::map<std::string, ZoneState> zones;
  std::set<IpAddress> own;
  for (const ServedZone& zone : order.zones) {
    const auto before = zones_.find(zone.name);
    zones.emplace(zone.name, ZoneState{dns::KnownNames(zone.names), zone.domains, zone.strangers,
                                       before == zones_.end() ? DnsCounts{} : before->second.counts});
    for (const ListenPlace& place : zone.places) own.insert(place.address);
  }
  zones_ = std::move(zones);
  if (order.settings.upstreams != settings_.upstreams) cache_.clear();
  settings_ = order.settings;
  const std::set<IpAddress> inside(order.own.begin(), order.own.end());
  if (inside != own_) cache_.forget_cleaned();
  own_ = inside;
  opened_.forget(settings_.grace);
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
  auto found = cache_.find(dns::key_of(*query), dns::Cache::Clock::now());
  if (found.reply) {
    ++counts.cached;
    if (!at->second.is_guarded())
      return answer(dns::write_answer(*found.reply, *query, found.age, most ? most : query->room));
  }
  Waiter waiter{zone, dns::client_of(client), std::move(*query), most, std::move(answer)};
  if (!begin_waiting(waiter.client)) {
    ++counts.refused;
    return waiter.answer(dns::write_error(waiter.query, dns::kServFail));
  }
  found.reply ? tell(std::move(waiter), found) : ask_others(std::move(waiter));
}

bool Resolver::begin_waiting(const IpAddress& client) {
  if (!may_wait(client)) return false;
  ++all_waiting_;
  ++waiting_[client];
  return true;
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
  const std::string key = dns::key_of(waiter.query);
  Open& open = open_[key];
  const dns::Query query = waiter.query;
  open.waiters.push_back(std::move(waiter));
  if (open.exchange) return;
  open.exchange = std::make_shared<Exchange>(
      io_, upstreams_, query, [this, key](size_t bytes) { return may_read(key, bytes); },
      [this, key](const dns::Cache::SharedReply& reply) { end(key, reply); });
  open.exchange->start();
}

// Any of those who wait for it may spend of his share.
bool Resolver::may_read(const std::string& key, size_t bytes) {
  return std::ranges::any_of(open_.at(key).waiters, [&](const Waiter& waiter) {
    return long_answers_.take(waiter.client, bytes, LongAnswers::Clock::now());
  });
}

void Resolver::end(const std::string& key, const dns::Cache::SharedReply& reply) {
  const auto at = open_.find(key);
  std::vector<Waiter> waiters = std::exchange(at->second.waiters, {});
  open_.erase(at);
  if (reply) cache_.put(key, reply, waiters.front().client, dns::Cache::Clock::now());
  dns::Cache::Found found{.reply = reply};
  for (Waiter& waiter : waiters) {
    if (const auto zone = zones_.find(waiter.zone); zone != zones_.end())
      ++(reply ? zone->second.counts.forwarded : zone->second.counts.failed);
    tell(std::move(waiter), found);
  }
}

// Whoever answers for a name must not lead to machines inside.
bool Resolver::is_wanted(const IpAddress& address) const {
  return is_of_internet(address) && !own_.contains(address);
}

// Made once for all who are told it, because it takes as long as a hundred short answers. An empty message:
// it cannot be told.
const dns::Cache::SharedReply& Resolver::cleaned(dns::Cache::Found& found, const dns::Query& query) {
  if (!found.reply || found.cleaned) return found.cleaned;
  auto made = dns::without_addresses(*found.reply, query, [this](const auto& one) { return is_wanted(one); });
  found.cleaned = made && made->message == found.reply->message
                      ? found.reply
                      : std::make_shared<const dns::Reply>(made ? std::move(*made) : dns::Reply{});
  cache_.keep_cleaned(dns::key_of(query), found.reply, found.cleaned);
  return found.cleaned;
}

std::optional<LookUp> Resolver::missing(const ZoneState& zone, const Waiter& waiter, const dns::Reply& told,
                                        std::chrono::seconds age) const {
  const bool opens = std::ranges::any_of(
      zone.domains, [&](const auto& domain) { return means_name(domain, waiter.query.name); });
  if (!opens) return std::nullopt;
  const auto client = zone.strangers ? std::optional(waiter.client) : std::nullopt;
  return opened_.missing(waiter.zone, client, waiter.query.name, told.addresses, age,
                         OpenAddresses::Clock::now());
}

void Resolver::tell(Waiter waiter, dns::Cache::Found& found) {
  const auto answer = [&](const dns::Bytes& message) {
    forget_waiting(waiter.client);
    waiter.answer(message);
  };
  const auto zone = zones_.find(waiter.zone);
  const bool guarded = zone != zones_.end() && zone->second.is_guarded();
  const auto& told = guarded ? cleaned(found, waiter.query) : found.reply;
  if (zone == zones_.end() || !told || told->message.empty())
    return answer(dns::write_error(waiter.query, dns::kServFail));
  const size_t most = waiter.most ? waiter.most : waiter.query.room;
  dns::Bytes message = dns::write_answer(*told, waiter.query, found.age, most);
  // Who is told "truncated" is told no address, and asks again.
  auto look_up =
      dns::fits(*told, waiter.query, most) ? missing(zone->second, waiter, *told, found.age) : std::nullopt;
  if (!look_up) return answer(message);
  const uint64_t number = ++held_before_;
  held_.emplace(number, Held{std::move(waiter), std::move(message), *look_up});
  open_addresses_({number, std::move(*look_up)});
}

void Resolver::done(const LookUpDone& done) {
  auto held = held_.extract(done.number);
  if (held.empty()) return;
  auto& [waiter, answer, look_up] = held.mapped();
  if (done.open) opened_.note(look_up, OpenAddresses::Clock::now());
  forget_waiting(waiter.client);
  waiter.answer(done.open ? answer : dns::write_error(waiter.query, dns::kServFail));
}

ResolverNews Resolver::news() const {
  ResolverNews news{
      .zones = {}, .troubles = {}, .cache_bytes = cache_.bytes(), .cache_entries = cache_.size()};
  for (const auto& [name, zone] : zones_) news.zones.emplace(name, zone.counts);
  return news;
}

}   // namespace sluice
