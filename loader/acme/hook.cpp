// SPDX-License-Identifier: GPL-2.0-or-later
#include "acme/hook.hpp"

#include "base/unix_socket.hpp"
#include "errand/lines.hpp"

namespace sluice {
namespace {

constexpr size_t kHookWords = 5;
constexpr std::chrono::seconds kTellTime{10},
    kAnswerTime{900};   // a zone's other servers may take their time
constexpr std::string_view kAccepted = "yes";

Result<bool> ask_about_challenge(const std::filesystem::path& socket, const std::vector<std::string>& words) {
  const UniqueFd fd = TRY(connect_unix(socket));
  Lines lines(fd.get());
  for (const std::string& word : words) TRY(lines.write(word + "\n"));
  return TRY(lines.read(Lines::Clock::now() + kAnswerTime)) == kAccepted;
}

}   // namespace

int run_acme_hook(const std::filesystem::path& program, const std::vector<std::string>& words) {
  if (words.size() != kHookWords) return 2;
  return ask_about_challenge(socket_of_hooks(program.parent_path()), words).value_or(false) ? 0 : 1;
}

Result<HookCall> read_hook_call(int socket) {
  Lines lines(socket);
  const auto end = Lines::Clock::now() + kTellTime;
  HookCall call;
  for (std::string* word : {&call.method, &call.type, &call.name, &call.token, &call.answer})
    *word = TRY(lines.read(end));
  return call;
}

void answer_hook_call(int socket, bool accepted) {
  (void)Lines(socket).write(accepted ? std::string(kAccepted) + "\n" : "no\n");
}

}   // namespace sluice
