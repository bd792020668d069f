// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/top_list_monitor.hpp"

#include <map>
#include <utility>

namespace sluice {

using nlohmann::json;

Result<std::shared_ptr<Feed>> TopListMonitor::listen(const TopQuery& query) {
  auto feed = TRY(listeners_.add(query));
  await(pace_.earliest());
  return feed;
}

void TopListMonitor::await(TopPace::Clock::time_point when) {
  soon_.expires_at(when);
  soon_.async_wait([this](const boost::system::error_code& error) {
    if (!error) look();
  });
}

// What cannot be looked at just now comes with the next look.
void TopListMonitor::look() {
  const auto& listeners = listeners_.now();
  if (listeners.empty()) return lists_.forget();
  const auto begun = TopPace::Clock::now();
  (void)tell(listeners);
  pace_.looked(TopPace::Clock::now() - begun);
  await(pace_.next());
}

Result<> TopListMonitor::tell(const std::vector<TopListener>& listeners) {
  const auto now = TopPace::Clock::now();
  const json head = TRY(lists_.head(gateway_, now));
  std::map<TopKind, json> all;
  for (const TopListener& listener : listeners) {
    const TopKind kind = listener.query.kind;
    if (!all.contains(kind)) all[kind] = TRY(lists_.rows(gateway_, kind, now));
    uint64_t matched = 0;
    json rows = first_of(all[kind], listener.query, matched);
    listener.tell(head, std::move(rows), matched);
  }
  return {};
}

}   // namespace sluice
