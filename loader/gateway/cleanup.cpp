// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cleanup.hpp"

#include <fmt/format.h>

#include "gateway/address_keeper.hpp"
#include "gateway/certificate_keeper.hpp"
#include "gateway/closed_interfaces.hpp"
#include "gateway/execute.hpp"
#include "gateway/execute_links.hpp"
#include "gateway/front_keeper.hpp"
#include "gateway/gateway.hpp"
#include "gateway/health_book.hpp"
#include "gateway/key_files.hpp"
#include "gateway/peer_book.hpp"
#include "gateway/reach_book.hpp"
#include "gateway/routers.hpp"
#include "gateway/state_file.hpp"
#include "kernel/expedited_rcu.hpp"
#include "kernel/netlink/socket.hpp"
#include "kernel/nft/mac_limits.hpp"
#include "kernel/observe.hpp"
#include "kernel/sysctl/sysctl.hpp"
#include "plan/parts.hpp"
#include "store/store.hpp"

namespace sluice {

namespace {

// A store that says nothing of what was changed: what carries sluice's mark is taken back all the same.
Result<Store> empty_store(const std::filesystem::path& state) {
  return Store::open(state, Store::copy_of(state));
}

}   // namespace

Result<std::vector<std::string>> cleanup_machine(const CleanupPaths& paths) {
  auto store = TRY(Store::open_for_cleanup(paths.state, Store::copy_of(paths.state)));
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  const auto ebpf = TRY(EngineEbpf::open_for_cleanup(Pins(paths.pins)));
  const auto nft = EngineNft::open();
  (void)nft->observe();   // no nftables: no table
  if (!store) store = TRY(empty_store(paths.state));
  auto removed = TRY(AddressKeeper(addresses_of_pins(paths.pins)).tear_down());
  for (std::string& more : TRY(Routers::tear_down(routers_of_pins(paths.pins))))
    removed.push_back(std::move(more));
  for (std::string& more : TRY(FrontKeeper::tear_down(front_paths(paths.state, paths.pins))))
    removed.push_back(std::move(more));
  CertificateKeeper::erase(front_paths(paths.state, paths.pins));
  ExpeditedRcu::put_back(paths.state);
  for (std::string& more : TRY(tear_down_machine({*ebpf, *nft, *store, rtnl, paths.state})))
    removed.push_back(std::move(more));
  TRY(KeyFiles(paths.state, Store::copy_of(paths.state)).erase());
  erase_books(paths.state);
  TRY(Store::erase(std::move(*store)));
  return removed;
}

void erase_books(const std::filesystem::path& state) {
  for (const StateFileKind& kind : {HealthBook::kFile, NameBook::kFile, MappingBook::kFile, ReachBook::kFile,
                                    QuotaBook::kFile, PeerBook::kFile})
    StateFile(kind, state).erase();
}

// Everything that sluice made of the machine is taken back.

namespace {

Result<> put_sysctls_back(Machine& machine, std::vector<std::string>& removed) {
  const auto sysctls = TRY(machine.store.original_sysctls());
  for (auto original = sysctls.rbegin(); original != sysctls.rend(); ++original) {
    const auto now = TRY(read_sysctl(original->path));
    if (!now || *now == original->value) continue;
    TRY(write_sysctl(original->path, original->value));
    removed.push_back(fmt::format("set {} back to {}", original->path, original->value));
  }
  return {};
}

Result<> remove_addresses(Machine& machine, const Observed& seen, std::vector<std::string>& removed) {
  for (const auto& [link, address] : seen.owned_addresses) {
    const step::RemoveAddress step{link, index_of(seen, link), address};
    TRY_TO(sentence(step), perform(machine, step));
    removed.push_back(sentence(step));
  }
  return {};
}

// The rule for the machine's own addresses is back in its place before the one behind the VRFs goes.
Result<> remove_routing(Machine& machine, const Observed& seen, std::vector<std::string>& removed) {
  const Routing none = wanted_routing({}, seen, {}, EngineKind::kEbpf);
  Plan plan;
  plan_new_routing(none, seen.routing, plan);
  plan_old_routing(none, seen.routing, plan);
  for (const Step& step : plan.steps) {
    TRY_TO(sentence(step), perform(machine, step));
    removed.push_back(sentence(step));
  }
  return {};
}

Result<> remove_all_queues(Machine& machine, const Observed& seen, std::vector<std::string>& removed) {
  for (const auto& [link, queues] : seen.queues) {
    const step::RemoveQueues step{link, seen.links.at(link).index, queues};
    TRY_TO(sentence(step), perform(machine, step));
    removed.push_back(sentence(step));
  }
  return {};
}

// No nftables: no table.
Result<> remove_mac_limits(Machine& machine, std::vector<std::string>& removed) {
  const auto seen = observe_mac_limits();
  if (!seen || !seen->is_there) return {};
  const step::PutMacLimits step{{}, seen->limits};
  TRY_TO(sentence(step), perform(machine, step));
  removed.push_back(sentence(step));
  return {};
}

}   // namespace

namespace {

// What was changed is known by then, and none of it is sluice's afterwards: a record that cannot be written
// is no reason to stop half-way.
class WithoutRecord {
 public:
  explicit WithoutRecord(Store& store) : store_(store) { store_.pass_over_failures(true); }
  WithoutRecord(const WithoutRecord&) = delete;
  WithoutRecord& operator=(const WithoutRecord&) = delete;
  ~WithoutRecord() { store_.pass_over_failures(false); }

 private:
  Store& store_;
};

}   // namespace

// Addresses first, then devices, and rules last: while anything of sluice is left, nothing passes unjudged.
// Without programs the kernel's own forwarding goes back to what it was when they are gone; without a table
// before it is gone, because that is what forwards.
Result<std::vector<std::string>> tear_down_machine(Machine machine) {
  const ExpeditedRcu expedited(machine.state);
  Observed seen = TRY(observe_network());
  TRY(add_recorded(machine.store, seen));
  const WithoutRecord without(machine.store);
  std::vector<std::string> removed;
  for (Engine* engine : {static_cast<Engine*>(&machine.ebpf), static_cast<Engine*>(&machine.nft)})
    engine->close();   // with half of its addresses the gateway would answer by the wrong way
  TRY(remove_addresses(machine, seen, removed));
  TRY(remove_routing(machine, seen, removed));
  TRY(remove_all_queues(machine, seen, removed));
  TRY(remove_made_links(machine, seen, removed));
  TRY(remove_mac_limits(machine, removed));
  if (remove_guard().value_or(false)) removed.emplace_back("remove table inet sluice_guard");
  const auto links = TRY(observe_network()).links;
  const bool by_table = machine.nft.loaded();
  if (by_table) TRY(put_sysctls_back(machine, removed));
  for (Engine* engine : {static_cast<Engine*>(&machine.ebpf), static_cast<Engine*>(&machine.nft)}) {
    const auto of_engine = TRY(engine->tear_down(links));
    removed.insert(removed.end(), of_engine.begin(), of_engine.end());
  }
  if (!by_table) TRY(put_sysctls_back(machine, removed));
  return removed;
}

}   // namespace sluice
