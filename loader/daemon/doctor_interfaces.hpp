// SPDX-License-Identifier: GPL-2.0-or-later
// For one interface: which engine and hook carry it, what was tried before, why that was refused, and what
// would change it. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "model/document.hpp"
#include "plan/observed.hpp"

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

  // `shown`: the interface's row of `show interfaces`.
  nlohmann::json examine(const nlohmann::json& shown) const;
};

}   // namespace sluice
