// SPDX-License-Identifier: GPL-2.0-or-later
// Keys of endpoints that are exchanged while both are let in, and what clients were told before.
#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"
#include "gateway/key_files.hpp"
#include "model/allotment.hpp"
#include "model/document.hpp"
#include "model/observed.hpp"
#include "network/client_config.hpp"
#include "network/expand.hpp"

namespace sluice {

// Which key of each endpoint is in force, and which version it has: by what is known, and by what the devices
// have heard. Noted in `given`. The document is complete (network/allocate.hpp).
void settle_versions(Document& document, const NetworkKeys& keys, const Allotments& known,
                     const Observed& seen, std::chrono::system_clock::time_point now, Allotments& given);

// Of a network: each peer that was heard by the newest key of its endpoint gets what the old one may have.
// Empty: there is none.
TunnelChange take_up_change(const Network& network, const Tunnel& wanted, const ObservedTunnel& seen);

// The text of a kept version, with the address that clients call now where the gateway's outside address was
// meant.
std::string kept_config(const std::string& text, const std::string& called_now);

}   // namespace sluice
