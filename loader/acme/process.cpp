// SPDX-License-Identifier: GPL-2.0-or-later
#include "acme/process.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <csignal>
#include <filesystem>

#include "acme/client.hpp"
#include "acme/order.hpp"
#include "base/file.hpp"
#include "errand/dns_update.hpp"
#include "errand/lines.hpp"
#include "errand/process.hpp"
#include "errand/surroundings.hpp"
#include "errand/work_folder.hpp"
#include "kernel/program.hpp"

namespace sluice {
namespace {

constexpr std::chrono::seconds kTakeTime{10}, kYesTime{30};
constexpr size_t kLargestAnswerOfUacme = size_t{1} << 20;

class Ordering {
 public:
  Ordering(AcmeOrder order, int daemon, std::filesystem::path folder)
      : order_(std::move(order)),
        socket_(daemon),
        daemon_(daemon),
        folder_(std::move(folder)),
        client_(folder_, daemon, [this](const HookCall& call) { return answers(call); }) {}

  AcmeOutcome place(const std::string& self) {
    auto placed = prepare(self);
    AcmeOutcome outcome;
    if (const auto done = placed ? talk() : std::unexpected(placed.error()); done)
      outcome = *done;
    else
      outcome.error = done.error().message;
    if (outcome.error.empty() && !refusal_.empty()) outcome.error = refusal_;
    outcome.account_key = read_file(account_key(), kLargestAnswerOfUacme).value_or(order_.account_key);
    return outcome;
  }

 private:
  std::filesystem::path account_key() const { return folder_ / "private" / "key.pem"; }
  std::filesystem::path hook() const { return folder_ / kAcmeHook; }

  Result<> prepare(const std::string& self) {
    std::error_code error;
    std::filesystem::create_directory(account_key().parent_path(), error);
    if (!error) std::filesystem::create_symlink(self, hook(), error);
    if (error) return fail("fill the folder of uacme: " + error.message());
    if (!order_.account_key.empty()) TRY(write_file_atomically(account_key(), order_.account_key, 0600));
    TRY(write_file_atomically(folder_ / "request.csr", order_.request, 0600));
    TRY(write_file_atomically(folder_ / "cert.pem", order_.certificate, 0600));
    return client_.listen();
  }

  std::vector<std::string> words(const std::string& program) const {
    return {program, "-y", "-o", "-c", folder_, "-a", order_.directory, "-h", hook()};
  }

  // An account that there is already is as good as a new one.
  Result<AcmeOutcome> talk() {
    const auto uacme = find_program("uacme");
    if (!uacme) return fail("uacme is not installed: install the package uacme");
    auto account = words(*uacme);
    account.emplace_back("new");
    if (!order_.email.empty()) account.push_back(order_.email);
    const auto made = TRY(client_.run(account));
    if (!made.succeeded && !made.text.contains("Account already exists")) return failure_of(made.text);
    auto rest = words(*uacme);
    if (order_.request.empty())
      rest.insert(rest.end(), {"revoke", folder_ / "cert.pem"});
    else
      rest.insert(rest.end(), {"issue", folder_ / "request.csr"});
    const auto run = TRY(client_.run(rest));
    if (!run.succeeded) return refusal_.empty() ? failure_of(run.text) : AcmeOutcome{.error = refusal_};
    if (order_.request.empty()) return AcmeOutcome{};
    return AcmeOutcome{.chain = TRY(read_file(folder_ / "request-cert.pem", kLargestAnswerOfUacme))};
  }

  // uacme offers one kind of challenge after the other until one is accepted.
  bool answers(const HookCall& call) {
    const bool begins = call.method == "begin";
    const auto answered = order_.dns && call.type == "dns-01"     ? by_dns(call, begins)
                          : !order_.dns && call.type == "http-01" ? by_http(call, begins)
                                                                  : Result<bool>(false);
    if (!answered) refusal_ = answered.error().message;
    return answered.value_or(false);
  }

  Result<bool> by_dns(const HookCall& call, bool begins) {
    TRY(update_dns(*order_.dns, {challenge_update(call.name, call.answer, begins)}, folder_));
    if (begins && order_.dns_wait.count() > 0) TRY(wait_for_zone());
    return true;
  }

  Result<> wait_for_zone() const {
    pollfd daemon{.fd = socket_, .events = POLLRDHUP, .revents = 0};
    const auto time = std::chrono::milliseconds(order_.dns_wait).count();
    return ::poll(&daemon, 1, static_cast<int>(time)) == 0 ? Result<>() : fail("the daemon has ended");
  }

  Result<bool> by_http(const HookCall& call, bool begins) {
    TRY(daemon_.write(encode_challenge({begins, call.token, call.answer})));
    const std::string said = TRY(daemon_.read(Lines::Clock::now() + kYesTime));
    if (said != "yes") return fail(said);
    return true;
  }

  AcmeOrder order_;
  int socket_;
  Lines daemon_;
  std::filesystem::path folder_;
  AcmeClient client_;
  std::string refusal_;   // why a challenge could not be answered
};

Result<AcmeOutcome> place_order(AcmeOrder order, int socket) {
  const std::string self = TRY(leave_privileges(order.ca));
  const WorkFolder folder = TRY(WorkFolder::make());
  return Ordering(std::move(order), socket, folder.path()).place(self);
}

}   // namespace

Result<> run_acme(int socket) {
  std::signal(SIGPIPE, SIG_IGN);
  Lines daemon(socket);
  AcmeOrder order = TRY(decode_acme_order(TRY(daemon.read(Lines::Clock::now() + kTakeTime))));
  const auto placed = place_order(std::move(order), socket);
  return daemon.write(encode_outcome(placed ? *placed : AcmeOutcome{.error = placed.error().message}));
}

Result<Helper> start_acme_process(const std::string& instance, const std::string& ca_file) {
  return start_errand(instance, kAcmeVerb, "Certificate order of sluice", ca_file);
}

}   // namespace sluice
