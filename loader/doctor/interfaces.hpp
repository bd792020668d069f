// SPDX-License-Identifier: GPL-2.0-or-later
// For one interface: which engine and hook carry it, what was tried before, why that was refused, and what
// would change it; and which settings of the NIC stand in XDP's way. Pure.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "kernel/ethtool/nic_settings.hpp"
#include "model/document.hpp"
#include "model/observed.hpp"

namespace sluice {

// What came of trying the eBPF engine; all empty: it can run.
struct EbpfVerdict {
  std::string refusal, remedy, gain;
};

struct InterfaceDoctor {
  const Document& document;
  const Observed& observed;
  std::string_view engine;   // in use
  EbpfVerdict ebpf;
  std::map<std::string, NicSettings> nics;   // by the interface's name; absent: not known

  // `shown`: the interface's row of `show interfaces`.
  nlohmann::json examine(const nlohmann::json& shown) const;
};

}   // namespace sluice
