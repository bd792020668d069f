// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/plan_services.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace sluice {
namespace {

std::shared_ptr<const ServiceBlock> copy_of(const BlockView& block) {
  return std::make_shared<const ServiceBlock>(
      ServiceBlock{block.members, block.turns, block.balance, {block.rows.begin(), block.rows.end()}});
}

std::string name_of_service(const NumberedRules& rules, uint32_t object) {
  const auto at = std::ranges::find(rules.objects, object, &ObjectRow::number);
  return at == rules.objects.end() ? "" : at->name;
}

// None: they are not the same services.
std::optional<std::vector<ServiceInFamily>> changed_services(const ServiceBlocks& before,
                                                             const ServiceBlocks& after) {
  if (!std::ranges::equal(before, after, {}, &ServiceBlocks::value_type::first,
                          &ServiceBlocks::value_type::first))
    return std::nullopt;
  std::vector<ServiceInFamily> changed;
  for (const auto& [service, block] : after)
    if (!(before.at(service) == block)) changed.push_back(service);
  return changed;
}

size_t rows_needed(const std::vector<ServiceInFamily>& services, const ServiceBlocks& blocks) {
  size_t rows = 0;
  for (const ServiceInFamily& service : services) rows += blocks.at(service).rows.size();
  return rows;
}

// `digest` is that of the rules before it, and then of those after it.
step::LeadService lead_step(std::string name, const ServiceInFamily& service,
                            std::shared_ptr<const ServiceBlock> before,
                            std::shared_ptr<const ServiceBlock> after, uint64_t& digest) {
  const uint64_t previous = digest;
  digest += digest_of_service(service, *after) - digest_of_service(service, *before);
  return {std::move(name),   service.family,         service.object,          std::move(after),
          std::move(before), text_of_digest(digest), text_of_digest(previous)};
}

}   // namespace

std::string text_of_digest(uint64_t digest) { return fmt::format("{:016x}", digest); }

bool plan_services(const ObservedEngine& engine, Plan& plan) {
  if (!engine.loaded || !engine.rules || engine.rules_digest != text_of_digest(digest_of(*engine.rules)) ||
      digest_without_services(*engine.rules) != digest_without_services(*plan.rules) ||
      engine.rules->policies->opened.digest != plan.rules->policies->opened.digest)
    return false;
  const ServiceBlocks before = blocks_of(*engine.rules), after = blocks_of(*plan.rules);
  const auto changed = changed_services(before, after);
  if (!changed || changed->size() > kMostServicesInPlace || rows_needed(*changed, after) > engine.room ||
      !engine.room)
    return false;
  uint64_t digest = digest_of(*engine.rules);
  for (const ServiceInFamily& service : *changed)
    plan.steps.push_back(lead_step(name_of_service(*plan.rules, service.object), service,
                                   copy_of(before.at(service)), copy_of(after.at(service)), digest));
  return true;
}

namespace {

using SharedBlock = std::shared_ptr<const ServiceBlock>;

// Of services that have all their numbers.
class BlockMaker {
 public:
  BlockMaker(const Document& document, const ObjectIds& ids) : document_(document), ids_(ids) {}

  uint32_t number_of(uint8_t kind, const std::string& name) const {
    const auto at = ids_.find(ObjectView{kind, name});
    return at == ids_.end() ? 0 : at->second;
  }
  // Null: an address has no number.
  SharedBlock block_of(const std::string& service, const Balancing& balancing) {
    const auto number = [&](const std::string& name) { return number_of(SL_OBJECT_BACKEND, name); };
    auto block = std::make_shared<ServiceBlock>(service_block(document_, service, balancing, turns_, number));
    const bool numbered =
        std::ranges::all_of(std::span(block->rows).first(block->members),
                            [](const sl_backend_row& row) { return row.backend.object != 0; });
    return numbered ? block : nullptr;
  }

 private:
  const Document& document_;
  const ObjectIds& ids_;
  TurnTables turns_;
};

bool same_addresses(const Balancing& a, const Balancing& b) {
  const auto same = [](const Member& one, const Member& other) {
    return one.backend == other.backend && one.underlay == other.underlay && one.to == other.to &&
           one.port == other.port && one.vrf == other.vrf;
  };
  return std::ranges::equal(a.members, b.members, same);
}

}   // namespace

std::optional<std::vector<Step>> lead_services(const Document& document,
                                               std::span<const ServiceChange> changes,
                                               const ObservedEngine& engine) {
  if (changes.size() > kMostServicesInPlace || engine.rules_digest.empty()) return std::nullopt;
  BlockMaker blocks(document, *engine.object_ids);
  uint64_t digest = std::stoull(engine.rules_digest, nullptr, 16);
  size_t rows = 0;
  std::vector<Step> steps;
  for (const ServiceChange& change : changes) {
    const ServiceInFamily service{blocks.number_of(SL_OBJECT_SERVICE, change.name), change.family};
    if (!service.object || !same_addresses(*change.before, *change.after)) return std::nullopt;
    const SharedBlock before = blocks.block_of(change.name, *change.before),
                      after = blocks.block_of(change.name, *change.after);
    if (!before || !after) return std::nullopt;
    if (BlockView(*before) == BlockView(*after)) continue;
    rows += after->rows.size();
    steps.push_back(lead_step(change.name, service, before, after, digest));
  }
  return rows > engine.room ? std::nullopt : std::optional(std::move(steps));
}

}   // namespace sluice
