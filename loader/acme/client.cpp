// SPDX-License-Identifier: GPL-2.0-or-later
#include "acme/client.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "base/unix_socket.hpp"
#include "errand/process.hpp"
#include "kernel/program.hpp"

namespace sluice {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kOrderTime{900};
constexpr size_t kMostOutput = 65536;

// It ends with this process.
Result<pid_t> start_client(std::vector<std::string> words, int output) {
  const auto setpriv = find_program("setpriv");
  if (!setpriv) return fail("setpriv is not installed");
  words.insert(words.begin(), {*setpriv, "--pdeathsig", "KILL"});
  return start_program(words, -1, output);
}

// "... retry after 2030-01-01 00:00:00 UTC: ..."
std::optional<std::chrono::sys_seconds> time_to_retry(std::string_view detail) {
  constexpr std::string_view kRetry = "retry after ";
  constexpr size_t kDate = 10, kTime = 8;
  const size_t at = detail.find(kRetry);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = detail.substr(at + kRetry.size());
  if (rest.size() < kDate + 1 + kTime) return std::nullopt;
  const auto time =
      parse_rfc3339(fmt::format("{}T{}Z", rest.substr(0, kDate), rest.substr(kDate + 1, kTime)));
  if (!time) return std::nullopt;
  return std::chrono::time_point_cast<std::chrono::seconds>(*time);
}

// What the authority reported, which uacme writes as the last object of JSON.
std::optional<AcmeOutcome> reported_by_authority(std::string_view text) {
  constexpr std::string_view kReport = "the server reported the following error:\n";
  const size_t at = text.rfind(kReport);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(at + kReport.size());
  const size_t end = rest.find("\n}");
  const auto report =
      nlohmann::json::parse(rest.substr(0, end == std::string_view::npos ? end : end + 2), nullptr, false);
  if (!report.is_object() || !report.contains("detail") || !report["detail"].is_string()) return std::nullopt;
  AcmeOutcome outcome{.error = report["detail"].get<std::string>()};
  outcome.is_limited = report.value("type", nlohmann::json()) == "urn:ietf:params:acme:error:rateLimited";
  if (outcome.is_limited) outcome.not_before = time_to_retry(outcome.error);
  return outcome;
}

}   // namespace

AcmeOutcome failure_of(std::string_view text) {
  if (auto reported = reported_by_authority(text)) return std::move(*reported);
  constexpr std::string_view kName = "uacme: ";
  // The first complaint of a kind says why, the later ones what came of it.
  for (const std::string_view line : split(text, '\n'))
    if (line.starts_with(kName) && !line.contains("waiting ") && !line.contains("autoaccepted"))
      return {.error = std::string(line.substr(kName.size()))};
  return {.error = "uacme does not say why"};
}

AcmeClient::AcmeClient(std::filesystem::path folder, int daemon, std::function<bool(const HookCall&)> answers)
    : folder_(std::move(folder)), daemon_(daemon), answers_(std::move(answers)) {}

Result<> AcmeClient::listen() {
  const auto address = TRY(unix_address(socket_of_hooks(folder_)));
  hooks_ = TRY(unix_stream_socket(Waits::kYes));
  if (const int error = bind_unix(hooks_, address); error != 0) return fail_errno("listen for hooks", error);
  return ::listen(hooks_.get(), 4) == 0 ? Result<>() : fail_errno("listen for hooks", errno);
}

Result<> AcmeClient::await_end(int output, std::string& text) {
  const auto end = Clock::now() + kOrderTime;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    std::array<pollfd, 3> wanted{{{output, POLLIN, 0}, {hooks_.get(), POLLIN, 0}, {daemon_, POLLRDHUP, 0}}};
    if (left <= 0 || ::poll(wanted.data(), wanted.size(), static_cast<int>(left)) == 0)
      return fail(fmt::format("uacme did not end within {} s", kOrderTime.count()));
    if (wanted[2].revents != 0) return fail("the daemon has ended");
    if (wanted[1].revents & POLLIN) {
      const UniqueFd hook(::accept4(hooks_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      const auto call = read_hook_call(hook.get());
      answer_hook_call(hook.get(), call && answers_(*call));
    }
    if (wanted[0].revents == 0) continue;
    std::array<char, 4096> buffer;
    const ssize_t size = ::read(output, buffer.data(), buffer.size());
    if (size == 0) return {};
    if (size > 0 && text.size() < kMostOutput) text.append(buffer.data(), static_cast<size_t>(size));
  }
}

Result<AcmeClient::Run> AcmeClient::run(const std::vector<std::string>& words) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("make a pipe", errno);
  const UniqueFd output(ends[0]);
  UniqueFd input(ends[1]);
  EndedProcess child(TRY(start_client(words, input.get())));
  input = UniqueFd();
  Run run;
  TRY(await_end(output.get(), run.text));
  run.succeeded = child.wait() == 0;
  return run;
}

}   // namespace sluice
