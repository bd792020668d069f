// SPDX-License-Identifier: GPL-2.0-or-later
#include "acme/hook.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>

#include "base/unique_fd.hpp"
#include "errand/lines.hpp"

namespace sluice {
namespace {

constexpr size_t kHookWords = 5;
constexpr std::chrono::seconds kTellTime{10},
    kAnswerTime{900};   // a zone's other servers may take their time
constexpr std::string_view kAccepted = "yes";

Result<UniqueFd> connect_to_hooks(const std::filesystem::path& path) {
  sockaddr_un address{.sun_family = AF_UNIX};
  const std::string name = path.string();
  if (name.size() >= sizeof(address.sun_path)) return fail(name + " is too long a name");
  name.copy(address.sun_path, name.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    return fail_errno("connect to " + name, errno);
  return fd;
}

Result<bool> ask_about_challenge(const std::filesystem::path& socket, const std::vector<std::string>& words) {
  const UniqueFd fd = TRY(connect_to_hooks(socket));
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
