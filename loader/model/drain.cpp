// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/drain.hpp"

#include <algorithm>
#include <map>
#include <memory>

namespace sluice {
namespace {

ListensIn listens_of(const Document& document, std::string_view service) {
  ListensIn listens;
  for (const Forward& forward : document.forwards)
    if (forward.service && forward.name == service) listens.add(forward.to.family());
  return listens;
}

struct Place {
  PublishedService* service = nullptr;
  Backend* backend = nullptr;   // null: there is none
};

Place find(Document& document, const DrainChange& change) {
  const auto service = std::ranges::find(document.services, change.service, &PublishedService::name);
  if (service == document.services.end()) return {};
  const auto backend = std::ranges::find(service->backends, change.backend, &Backend::name);
  return {&*service, backend == service->backends.end() ? nullptr : &*backend};
}

std::shared_ptr<const Balancing> balancing_with(const Balancing& before, const PublishedService& service,
                                                const Backend& backend, Family family, ListensIn listens) {
  auto after = std::make_shared<Balancing>(before);
  for (Member& member : after->members) {
    if (member.backend != backend.name) continue;
    member.state = declared_state(service, backend, member.underlay, member.to.family(), family, listens);
    member.until = backend.drain ? backend.drain->until : std::nullopt;
  }
  return after;
}

}   // namespace

std::optional<DrainChange> say_drain(Document& document, const DrainChange& change) {
  const Place place = find(document, change);
  if (!place.backend) return std::nullopt;
  return DrainChange{change.service, change.backend, std::exchange(place.backend->drain, change.drain)};
}

std::optional<DrainChange> put_drain(Document& document, const DrainChange& change) {
  auto back = say_drain(document, change);
  if (!back) return std::nullopt;
  const Place place = find(document, change);
  const ListensIn listens = listens_of(document, change.service);
  // Listeners share what they lead to.
  std::map<std::shared_ptr<const Balancing>, std::shared_ptr<const Balancing>> changed;
  for (Forward& forward : document.forwards) {
    if (!forward.service || forward.name != change.service) continue;
    auto& after = changed[forward.service];
    if (!after)
      after = balancing_with(*forward.service, *place.service, *place.backend, forward.to.family(), listens);
    forward.service = after;
  }
  return back;
}

void move_places(Document& document, const TextEdit& edit) {
  const auto moved = [&](uint32_t place) {
    return place <= edit.at ? place : static_cast<uint32_t>(place + edit.inserted.size() - edit.removed);
  };
  for (PublishedService& service : document.services) {
    service.begin = moved(service.begin);
    service.end = moved(service.end);
  }
}

bool is_served(const Document& document, std::string_view service) {
  return std::ranges::all_of(document.forwards, [&](const Forward& forward) {
    return !forward.service || forward.name != service ||
           std::ranges::any_of(shares_of(*forward.service), [](uint32_t share) { return share > 0; });
  });
}

}   // namespace sluice
