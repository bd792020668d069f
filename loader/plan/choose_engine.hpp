// SPDX-License-Identifier: GPL-2.0-or-later
// Which engine carries a document on this machine. Pure: what the machine refused comes as sentences.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "model/capabilities.hpp"
#include "model/document.hpp"

namespace sluice {

// Why an engine cannot run here, one sentence each; nullopt: it can.
struct EngineFindings {
  std::optional<std::string> ebpf_refused, nftables_refused;
  std::optional<std::string> vrfs_refused;   // by eBPF, which else can run
  std::optional<std::string>
      syn_cookies_refused;   // the same; what neither engine can is refused by make_plan()
  std::optional<std::string> synproxy_refused;   // by nftables, which else can run
  bool vrf_devices = false;                      // the kernel makes them; not asked where there are no VRFs
};

struct ChosenEngine {
  EngineKind kind = EngineKind::kEbpf;
  std::string note;   // why it is not the one that "auto" prefers; empty: nothing to tell
};

// "auto" takes eBPF where it runs, otherwise nftables. What the document names is taken or refused, never
// exchanged for the other. Whether the engine can do what the document says is a second question: lacks().
Result<ChosenEngine> choose_engine(const Document& document, const EngineFindings& findings);

}   // namespace sluice
