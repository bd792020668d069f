// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice-cni`: run by a container engine, as root, once for each thing that it wants.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "cni/answer.hpp"
#include "cni/verbs.hpp"

namespace {

constexpr size_t kLongestInput = 1 << 20;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string read_input() {
  std::string text;
  char piece[4096];
  while (text.size() < kLongestInput) {
    const ssize_t got = ::read(STDIN_FILENO, piece, sizeof(piece));
    if (got <= 0) break;
    text.append(piece, static_cast<size_t>(got));
  }
  return text;
}

int print(const sluice::cni::Outcome& outcome) {
  std::fwrite(outcome.output.data(), 1, outcome.output.size(), stdout);
  return std::fflush(stdout) == 0 ? outcome.status : 1;
}

}   // namespace

int main() {
  using namespace sluice::cni;
  ::signal(SIGPIPE, SIG_IGN);
  if (variable("CNI_COMMAND").empty()) {
    std::fprintf(stderr, "sluice-cni %s: attaches containers to zones of sluice; container engines run it\n",
                 SLUICE_VERSION);
    return 0;
  }
  try {
    return print(run(variable, read_input()));
  } catch (const std::exception& error) {   // an answer of another shape
    const Failure failure{kNotDone, std::string("unexpected failure: ") + error.what(), ""};
    return print({answer_of_failure(failure, kNewestVersion).dump(2) + "\n", 1});
  }
}
