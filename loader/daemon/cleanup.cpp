// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/cleanup.hpp"

#include "daemon/execute.hpp"
#include "kernel/netlink/rtnl_socket.hpp"
#include "kernel/observe.hpp"
#include "store/store.hpp"

namespace sluice {

namespace {

Result<std::vector<std::string>> tear_down_engines(EngineEbpf& ebpf, EngineNft& nft) {
  const auto links = TRY(observe_network()).links;
  auto removed = TRY(ebpf.tear_down(links));
  const auto table = TRY(nft.tear_down(links));
  removed.insert(removed.end(), table.begin(), table.end());
  return removed;
}

}   // namespace

Result<std::vector<std::string>> cleanup_machine(const CleanupPaths& paths) {
  auto store = TRY(Store::open_for_cleanup(paths.state));
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  const auto ebpf = TRY(EngineEbpf::open_for_cleanup(Pins(paths.pins)));
  const auto nft = EngineNft::open();
  (void)nft->observe();   // no nftables: no table
  if (!store) return tear_down_engines(*ebpf, *nft);
  auto removed = TRY(tear_down_machine({*ebpf, *nft, *store, rtnl}));
  TRY(Store::erase(std::move(*store)));
  return removed;
}

}   // namespace sluice
