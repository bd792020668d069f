// SPDX-License-Identifier: GPL-2.0-or-later
// Containers of an engine such as podman: attached and detached by its plugin, and collected when nothing is
// left of them.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/text.hpp"
#include "gateway/container_book.hpp"
#include "gateway/gateway.hpp"
#include "gateway/networks.hpp"
#include "kernel/netlink/veth.hpp"
#include "kernel/netns/space.hpp"
#include "kernel/observe.hpp"
#include "network/device_names.hpp"
#include "network/free_space.hpp"

namespace sluice {
namespace {

const Container* find_attached(const std::vector<Container>& containers, const ContainerKey& key) {
  const auto at = std::ranges::find_if(
      containers, [&](const Container& one) { return one.id == key.id && one.interface == key.interface; });
  return at == containers.end() ? nullptr : &*at;
}

void remove_attached(std::vector<Container>& containers, const ContainerKey& key) {
  std::erase_if(containers,
                [&](const Container& one) { return one.id == key.id && one.interface == key.interface; });
}

std::set<std::string> taken_devices(const Document& document, const Observed& seen) {
  std::set<std::string> devices = devices_of(document);
  for (const auto& [name, link] : seen.links) devices.insert(name);
  return devices;
}

Result<> expect_free(const Container& container, const std::vector<TakenNetwork>& taken) {
  for (const auto& subnet : {std::optional(container.subnet), container.subnet6})
    if (const TakenNetwork* other = subnet ? overlapping(taken, *subnet) : nullptr)
      return fail(
          fmt::format("{} overlaps {}: {}", subnet->to_string(), other->prefix.to_string(), other->by),
          ErrorKind::kUsage);
  return {};
}

// Two networks of an engine are either one subnet or apart.
Result<> expect_apart(const Container& container, const std::vector<Container>& others) {
  for (const Container& other : others)
    for (const auto& subnet : {std::optional(container.subnet), container.subnet6})
      for (const auto& beside : {std::optional(other.subnet), other.subnet6})
        if (subnet && beside && *subnet != *beside && subnet->overlaps(*beside))
          return fail(fmt::format("{} overlaps {}, the subnet of container \"{}\"", subnet->to_string(),
                                  beside->to_string(), title_of(other)),
                      ErrorKind::kUsage);
  return {};
}

// Each would bring a default route, and what leaves by the wrong one has an address that is not its own
// there.
Result<> expect_only_network(const Container& container, const std::vector<Container>& others) {
  for (const Container& other : others)
    if (other.number == container.number && !is_same_attachment(other, container))
      return fail(
          fmt::format("container \"{}\" has {} in this namespace already: one network of sluice is all",
                      title_of(other), other.interface),
          ErrorKind::kUsage);
  return {};
}

// What is wrong with its pair, as the machine has it.
Result<std::vector<std::string>> missing_of_pair(const Container& container, const Document& document,
                                                 const Observed& seen) {
  const auto interface = std::ranges::find(document.interfaces, container.device, &Interface::name);
  if (interface == document.interfaces.end() || !is_usable(*interface, seen))
    return std::vector{fmt::format("device {} is missing", container.device)};
  if (!seen.links.at(container.device).up)
    return std::vector{fmt::format("device {} is down", container.device)};
  return missing_inside(std::get<VethLink>(parameters_of(*interface, seen)));
}

Result<> expect_whole(const Container& container, const Document& document) {
  const auto missing = TRY(missing_of_pair(container, document, TRY(observe_network())));
  return missing.empty() ? Result<>() : fail(join(missing, "; "));
}

// Containers that are not there yet, and are none if this ends before they are.
class Tried {
 public:
  Tried(ContainerBook& book, Containers next) : book_(book), before_(book.exchange(std::move(next))) {}
  ~Tried() {
    if (!kept_) book_.exchange(std::move(before_));
  }
  Tried(const Tried&) = delete;
  Tried& operator=(const Tried&) = delete;
  void keep() { kept_ = true; }

 private:
  ContainerBook& book_;
  Containers before_;
  bool kept_ = false;
};

}   // namespace

// As reconcile(), of a document that is in force but for the containers. What fails is undone.
Result<> Gateway::change_containers(Containers next, const ContainerKey* added) {
  const KnownMachine::OneList one_list(known_);
  Candidate candidate = *current_;
  Tried tried(containers_, std::move(next));
  const Allotments allotments = TRY(settle(candidate, true));
  if (added && !find_attached(candidate.document.containers, *added))
    return fail(candidate.left_out.empty() ? "its network namespace is gone" : candidate.left_out.back(),
                ErrorKind::kUsage);
  Machine machine = this->machine();
  UndoList undo(machine);
  std::vector<std::string> steps;
  in_force_ = true;
  auto end = TRY(converge(candidate.document, undo, steps));
  known_.lose();   // what fails from here on is undone
  if (added) TRY(expect_whole(*find_attached(candidate.document.containers, *added), candidate.document));
  TRY(store_->put_allotments(allotments));
  TRY(containers_.keep(*store_));
  undo.keep();
  tried.keep();
  know(end, candidate.document);
  end.degraded.insert(end.degraded.end(), candidate.degraded.begin(), candidate.degraded.end());
  current_ = std::move(candidate);
  end_other_engine(end, steps, end.degraded);
  tell_degraded(end.degraded);
  for (const std::string& step : steps) spdlog::info("{}", step);
  if (const auto swept = engine().gc(Engine::Gc::kDisallowed); !swept)
    spdlog::warn("flows that are no longer allowed were not ended: {}", swept.error().message);
  return {};
}

Result<Container> Gateway::attach(Container wanted) {
  if (!current_) return fail(kNoDocument);
  TRY(keep_store());
  wanted.number = TRY_TO("attach the container", open_space(wanted.space)).number;
  wanted.since =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  const Observed seen = TRY(observe_ways_out());
  Containers next{living(containers_.all().attached, seen), containers_.all().last};
  TRY(expect_free(wanted, addresses_of_machine(current_->document, seen)));
  const ContainerKey key{wanted.id, wanted.interface};
  TRY(expect_apart(wanted, next.attached));
  TRY(expect_only_network(wanted, next.attached));
  TRY(place_container(wanted, next, taken_devices(current_->document, seen)));
  remove_attached(next.attached, key);
  next.attached.push_back(std::move(wanted));   // last: so is what is said of it
  TRY(change_containers(std::move(next), &key));
  return *find_attached(current_->document.containers, key);
}

Result<> Gateway::detach(const ContainerKey& key) {
  if (!find_attached(containers(), key)) return {};
  TRY(keep_store());
  Containers next = containers_.all();
  remove_attached(next.attached, key);
  if (current_) return change_containers(std::move(next), nullptr);
  containers_.exchange(std::move(next));
  return store_ ? containers_.keep(*store_) : Result<>();   // after a cleanup there is none
}

Result<std::vector<std::string>> Gateway::missing_of(const ContainerKey& key) {
  const auto gone = [](std::string why) { return std::vector{std::move(why)}; };
  if (!find_attached(containers(), key)) return gone("it is not attached");
  if (!current_) return gone("no document is in force");
  const Container* placed = find_attached(current_->document.containers, key);
  if (!placed) return gone("the document in force has no place for it");
  return missing_of_pair(*placed, current_->document, TRY(observe_network()));
}

}   // namespace sluice
