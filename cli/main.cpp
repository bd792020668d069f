// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice`: the words of the command line, the standard streams, and this machine.
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/run.hpp"
#include "doctor/doctor.hpp"
#include "gateway/cleanup.hpp"
#include "gateway/networks.hpp"
#include "kernel/bpf/libbpf_log.hpp"
#include "kernel/netlink/socket.hpp"
#include "kernel/observe.hpp"
#include "kernel/program.hpp"
#include "kernel/sshd_sockets.hpp"
#include "plan/plan_others.hpp"
#include "plan/planner.hpp"

namespace {

using nlohmann::json;
using namespace sluice;

class ThisMachine final : public cli::Machine {
 public:
  Result<json> plan(const Document& declared) override {
    Observed seen = TRY(observe_network());
    RtnlSocket rtnl = TRY(RtnlSocket::open());
    const auto settled =
        TRY(settle_networks(declared, {}, nullptr, seen, {}, std::chrono::system_clock::now(), false));
    const Document& document = settled.document;
    TRY(observe_made_links(rtnl, document, seen));
    auto plan = TRY(make_plan(document, seen));
    plan.degraded.insert(plan.degraded.end(), settled.degraded.begin(), settled.degraded.end());
    if (!document.networks.empty())
      plan.notes.emplace_back(
          "what networks were allotted is known to sluiced: this is what a new gateway would give");
    if (!plan_others(nullptr, document).empty())
      plan.notes.emplace_back(
          "what changes at the front, the resolver and others beside the packet path is known to sluiced");
    if (document.engine == EngineChoice::kAuto)
      plan.notes.emplace_back(
          "whether eBPF can run here is found out by sluiced: this is the plan if it can");
    json steps = json::array();
    for (const auto& step : plan.steps) steps.push_back({{"text", sentence(step)}});
    return json{{"steps", std::move(steps)}, {"notes", plan.notes}, {"degraded", plan.degraded}};
  }

  json doctor(const std::filesystem::path& state, const std::filesystem::path& pins) override {
    return doctor_machine(state, pins);
  }

  json probe(const IpAddress& address) override { return doctor_path(address); }

  std::set<uint16_t> sshd_ports() override { return sluice::sshd_ports(); }

  // What does it is beside this program, or where systems have theirs.
  Result<> connect(const std::string& file) override {
    const std::filesystem::path beside = std::filesystem::path(TRY(own_program())).parent_path() / "sluiced";
    const auto program =
        std::filesystem::exists(beside) ? std::optional(beside.native()) : find_program("sluiced");
    if (!program) return fail("there is no sluiced, which does it: install the package of sluice");
    ::execl(program->c_str(), program->c_str(), "connect", file.c_str(), nullptr);
    return fail_errno("start " + *program, errno);
  }

  Result<std::vector<std::string>> cleanup(const std::filesystem::path& state,
                                           const std::filesystem::path& pins) override {
    return cleanup_machine({state, pins});
  }
};

}   // namespace

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);   // a reader that goes away is seen where it is written to
  silence_libbpf();
  const std::vector<std::string> words(argv + 1, argv + argc);
  cli::Console console(STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO);
  ThisMachine machine;
  return cli::run_cli(words, console, machine);
}
