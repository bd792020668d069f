// SPDX-License-Identifier: GPL-2.0-or-later
// Whether the gateway's own SSH server is open to others than those who come by WireGuard. Pure.
#pragma once

#include <optional>
#include <vector>

#include "kernel/probe.hpp"
#include "model/document.hpp"

namespace sluice {

// `sockets`: where it listens (kernel/sshd_sockets.hpp). Nothing is said where it does not listen, or where
// the document has no network that somebody could come by.
std::optional<ProbeRow> judge_sshd(const Document& document, const std::vector<Endpoint>& sockets);

}   // namespace sluice
