// SPDX-License-Identifier: GPL-2.0-or-later
// Which engine carries a document on this machine. Pure: what the machine refused comes as sentences.
#pragma once

#include <string>

#include "base/result.hpp"
#include "model/capabilities.hpp"
#include "model/document.hpp"
#include "model/observed.hpp"

namespace sluice {

struct ChosenEngine {
  EngineKind kind = EngineKind::kEbpf;
  std::string note;   // why it is not the one that "auto" prefers; empty: nothing to tell
};

// "auto" takes eBPF where it runs, otherwise nftables. What the document names is taken or refused, never
// exchanged for the other. Whether the engine can do what the document says is a second question: lacks().
Result<ChosenEngine> choose_engine(const Document& document, const EngineFindings& findings);

}   // namespace sluice
