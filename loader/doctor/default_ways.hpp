// SPDX-License-Identifier: GPL-2.0-or-later
// Whether what strangers send would be answered by another way than it came, and is dropped for it (RFC 3704
// section 2.2).
#pragma once

#include <optional>

#include "kernel/probe.hpp"
#include "model/document.hpp"
#include "model/observed.hpp"

namespace sluice {

// Nothing: there is no more than one way to everybody. Pure.
std::optional<ProbeRow> judge_default_ways(const Document& document, const Observed& observed);

}   // namespace sluice
