// SPDX-License-Identifier: GPL-2.0-or-later
// How a gateway is opened: from what is on disk and pinned.
#include <spdlog/spdlog.h>

#include "gateway/gateway.hpp"

namespace sluice {

Gateway::Gateway(Store store, RtnlSocket rtnl, std::unique_ptr<EngineEbpf> ebpf, GatewayPaths paths)
    : store_(std::move(store)),
      rtnl_(std::move(rtnl)),
      known_(paths.state),
      ebpf_(std::move(ebpf)),
      nft_(EngineNft::open()),
      paths_(std::move(paths)),
      health_(paths_.state),
      names_(paths_.state),
      mappings_(paths_.state, std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())),
      quotas_(paths_.state),
      reach_(paths_.state),
      routers_(paths_.routers()),
      addresses_(addresses_of_pins(paths_.pins)),
      front_(front_paths(paths_.state, paths_.pins)),
      certificates_(front_paths(paths_.state, paths_.pins), paths_.pins.filename().string(), front_),
      name_(paths_.state, paths_.pins.filename().string()) {}

Result<std::unique_ptr<Gateway>> Gateway::open(const GatewayPaths& paths) {
  auto opened = Store::open(paths.state, Store::copy_of(paths.state));
  if (!opened) {
    close_unread(paths);
    return std::unexpected(opened.error());
  }
  Store store = std::move(*opened);
  store.keep_revisions(paths.revisions_kept);
  if (!store.repaired().empty()) spdlog::warn("{}", store.repaired());
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  std::unique_ptr<EngineEbpf> ebpf = TRY(EngineEbpf::open(Pins(paths.pins)));
  if (!ebpf->rescued().empty()) spdlog::warn("{}", ebpf->rescued());
  std::unique_ptr<Gateway> gateway(new Gateway(std::move(store), std::move(rtnl), std::move(ebpf), paths));
  TRY(gateway->take_up_confirmation());
  gateway->containers_.take_up(*gateway->store_);
  if (const auto written = gateway->write_restored_keys(); !written)
    spdlog::warn("restored keys are not in their files yet: {}", written.error().message);
  const bool table = gateway->nft_->observe().value_or(ObservedNft{}).loaded;   // no nftables: no table
  gateway->carries_ = table && !gateway->ebpf_->loaded() ? EngineKind::kNftables : EngineKind::kEbpf;
  return gateway;
}

}   // namespace sluice
