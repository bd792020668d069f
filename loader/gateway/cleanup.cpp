// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cleanup.hpp"

#include "gateway/execute.hpp"
#include "kernel/netlink/socket.hpp"
#include "kernel/observe.hpp"
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
  auto removed = TRY(tear_down_machine({*ebpf, *nft, *store, rtnl}));
  TRY(Store::erase(std::move(*store)));
  return removed;
}

}   // namespace sluice
