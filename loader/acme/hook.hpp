// SPDX-License-Identifier: GPL-2.0-or-later
// What uacme runs for each challenge: sluiced by another name. It asks the process that runs uacme, over a
// socket beside that name.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace sluice {

inline constexpr std::string_view kAcmeHook = "sluice-acme-hook";
inline std::filesystem::path socket_of_hooks(const std::filesystem::path& folder) { return folder / "hooks"; }

// The words of uacme(1): METHOD TYPE IDENT TOKEN AUTH. Answers an exit status: 0 accepts the challenge.
int run_acme_hook(const std::filesystem::path& program, const std::vector<std::string>& words);

struct HookCall {
  std::string method, type, name, token, answer;
};
Result<HookCall> read_hook_call(int socket);
void answer_hook_call(int socket, bool accepted);

}   // namespace sluice
