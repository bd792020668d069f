// SPDX-License-Identifier: GPL-2.0-or-later
// Names that devices cannot have although the kernel's rule for their letters lets them.
#pragma once

#include <string_view>

namespace sluice {

// Beside the settings of devices, /proc/sys has places of these names.
bool is_reserved_device_name(std::string_view name);

}   // namespace sluice
