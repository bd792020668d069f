// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/options.hpp"

#include <fmt/format.h>

#include <boost/program_options.hpp>

namespace sluice {
namespace {

namespace po = boost::program_options;

constexpr int64_t kMostRevisions = 10'000;

po::options_description description(DaemonOptions& options) {
  po::options_description text("Options");
  text.add_options()                                                                            //
      ("config", po::value<std::string>(), "document to apply when none is stored yet")         //
      ("socket", po::value(&options.socket)->default_value(options.socket), "control socket")   //
      ("state", po::value(&options.state)->default_value(options.state),
       "folder of revisions and records")   //
      ("pins", po::value(&options.pins)->default_value(options.pins),
       "folder of the pins, in a BPF file system")   //
      ("keep-revisions", po::value(&options.revisions_kept)->default_value(options.revisions_kept),
       "how many revisions are kept, 2 to 10000")   //
      ("raw-socket", po::value(&options.raw_socket),
       "by a unit of sluiced's own: make a raw socket, ipv4 or ipv6, and hand it over by standard input")   //
      ("help,h", po::bool_switch(&options.help), "print this")                                              //
      ("version", po::bool_switch(&options.version), "print the version");
  return text;
}

}   // namespace

Result<DaemonOptions> read_options(int argc, char** argv) try {
  DaemonOptions options;
  po::variables_map values;
  const po::positional_options_description none;
  po::store(po::command_line_parser(argc, argv).options(description(options)).positional(none).run(), values);
  po::notify(values);
  if (options.revisions_kept < 2 || options.revisions_kept > kMostRevisions)
    return fail(fmt::format("--keep-revisions is 2 to {}; see sluiced --help", kMostRevisions),
                ErrorKind::kUsage);
  if (!options.raw_socket.empty() && options.raw_socket != "ipv4" && options.raw_socket != "ipv6")
    return fail("--raw-socket is ipv4 or ipv6; see sluiced --help", ErrorKind::kUsage);
  // told to others by their whole names, and still right after a change of the working directory
  options.state = std::filesystem::absolute(options.state);
  options.pins = std::filesystem::absolute(options.pins);
  if (values.contains("config")) options.config = values["config"].as<std::string>();
  return options;
} catch (const po::error& error) {
  return fail(std::string(error.what()) + "; see sluiced --help", ErrorKind::kUsage);
}

std::string usage_text() {
  DaemonOptions options;
  std::ostringstream text;
  text << "Usage: sluiced [--config FILE] [--socket PATH] [--state DIR] [--pins DIR] [--keep-revisions N]\n"
          "Runs in the foreground and logs to standard error.\n\n"
       << description(options);
  return text.str();
}

}   // namespace sluice
