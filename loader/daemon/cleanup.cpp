// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/cleanup.hpp"

#include "engine/ebpf/engine_ebpf.hpp"
#include "kernel/netlink/rtnl_socket.hpp"
#include "kernel/observe.hpp"
#include "store/store.hpp"

namespace sluice {

Result<std::vector<std::string>> cleanup_machine(const CleanupPaths& paths) {
  auto store = TRY(Store::open_for_cleanup(paths.state));
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  const auto engine = TRY(EngineEbpf::open(Pins(paths.pins)));
  if (!store) return engine->tear_down(TRY(observe_network()).links);
  auto removed = TRY(tear_down_machine(*engine, *store, rtnl));
  TRY(Store::erase(std::move(*store)));
  return removed;
}

}   // namespace sluice
