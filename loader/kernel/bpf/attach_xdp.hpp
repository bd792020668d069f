// SPDX-License-Identifier: GPL-2.0-or-later
// Native XDP through libxdp, so that other programs can stay on the device where the kernel allows it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "kernel/bpf/pins.hpp"

namespace sluice {

// How the failure of attach_xdp begins on devices that cannot run it at all, whatever their settings.
inline constexpr std::string_view kNoNativeXdp = "its driver has no native XDP";

// `loaded` is what was loaded for a device where one program is alone: others that have none take the same,
// which saves the verifier's time for each of them. Empty: there is none yet, or it stands for other tables.
Result<> attach_xdp(const Pins& pins, const std::string& link, uint32_t index, UniqueFd& loaded);
Result<> detach_xdp(const std::string& link, uint32_t index);
bool attached_xdp(uint32_t index);
// The program of sluice that is there without a dispatcher; none: there is no such one.
UniqueFd open_single_xdp(uint32_t index);
// It comes back, where no other is meanwhile.
Result<> attach_single_xdp(const std::string& link, uint32_t index, int program_fd);
// libxdp makes a folder for its dispatchers even where the kernel can run none: gone when it is empty.
void remove_empty_libxdp_folder();

}   // namespace sluice
