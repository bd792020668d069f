// SPDX-License-Identifier: GPL-2.0-or-later
// What a client of this gateway's relay is told.
#pragma once

#include "gateway/key_files.hpp"
#include "model/observed.hpp"
#include "relay/relay_file.hpp"

namespace sluice {

// The client's ports and addresses are allocated. `seen`: links and ways out. Failure: nobody knows at which
// address the relay is called, or it has no key yet.
Result<RelayFile> relay_file_for(const RelayClient& client, const Document& document, const Observed& seen,
                                 const KeyFiles& keys);

}   // namespace sluice
