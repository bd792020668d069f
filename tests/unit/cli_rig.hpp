// SPDX-License-Identifier: GPL-2.0-or-later
// The command line as a user calls it: words in; exit status, standard output and standard error out.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "api_test_daemon.hpp"
#include "base/unique_fd.hpp"
#include "cli/run.hpp"

namespace sluice::cli {

class FakeMachine : public Machine {
 public:
  Result<nlohmann::json> plan_answer = nlohmann::json{{"steps", nlohmann::json::array()}};
  Result<std::vector<std::string>> cleanup_answer = std::vector<std::string>{};
  nlohmann::json doctor_answer = {{"checks", nlohmann::json::array()}};
  std::vector<std::string> cleaned;
  std::string connected;

  Result<nlohmann::json> plan(const Document&) override { return plan_answer; }
  nlohmann::json doctor(const std::filesystem::path&, const std::filesystem::path&) override {
    return doctor_answer;
  }
  nlohmann::json probe(const IpAddress& address) override {
    return {{"name", "path to " + address.to_string()}, {"state", "ok"}};
  }
  std::set<uint16_t> ports_of_sshd;
  std::set<uint16_t> sshd_ports() override { return ports_of_sshd; }
  Result<> connect(const std::string& file) override {
    connected = file;
    return {};
  }
  Result<std::vector<std::string>> cleanup(const std::filesystem::path& state,
                                           const std::filesystem::path& pins) override {
    cleaned = {state.native(), pins.native()};
    return cleanup_answer;
  }
};

// A file without a name.
class Memory {
 public:
  explicit Memory(std::string_view text = "") : fd_(::memfd_create("sluice-test", MFD_CLOEXEC)) {
    EXPECT_EQ(::write(fd_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::lseek(fd_.get(), 0, SEEK_SET);
  }
  int fd() const { return fd_.get(); }
  std::string text() const {
    std::string all(static_cast<size_t>(::lseek(fd_.get(), 0, SEEK_END)), '\0');
    EXPECT_EQ(::pread(fd_.get(), all.data(), all.size(), 0), static_cast<ssize_t>(all.size()));
    return all;
  }

 private:
  UniqueFd fd_;
};

struct Ran {
  int status;
  std::string out, err;
};

inline Ran run_words(std::vector<std::string> words, Machine& machine, std::string_view input = "") {
  const Memory in(input), out, err;
  Console console(in.fd(), out.fd(), err.fd());
  const int status = run_cli(words, console, machine);
  return {status, out.text(), err.text()};
}

inline std::string slurp(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// With a daemon that answers.
struct CliTest : testing::Test {
  TestDaemon daemon;
  FakeMachine machine;
  TempDirectory files;

  Ran run(std::vector<std::string> words, std::string_view input = "") {
    words.insert(words.begin(), {"--socket", daemon.socket().native()});
    return run_words(std::move(words), machine, input);
  }
  std::string file(std::string_view name, std::string_view text) {
    const auto path = files / name;
    std::ofstream(path, std::ios::binary) << text;
    return path.native();
  }
};

}   // namespace sluice::cli
