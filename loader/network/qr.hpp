// SPDX-License-Identifier: GPL-2.0-or-later
// QR codes of configurations, for the cameras of phones (ISO/IEC 18004, by libqrencode). At most 2,953 bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace sluice {

// For a terminal with UTF-8 and ANSI colours, two rows of modules a line. The colours are set, so that light
// modules are light on terminals of any colour.
Result<std::string> qr_text(std::string_view data);

// Its modules: '1' is dark. Without a quiet zone.
Result<std::vector<std::string>> qr_rows(std::string_view data);

// The bytes of a PNG, 8 pixels a module, with the quiet zone of 4 modules that the standard asks for.
Result<std::string> qr_png(std::string_view data);

}   // namespace sluice
