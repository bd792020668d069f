// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>

#include "base/text.hpp"

namespace sluice::cli {
namespace {

namespace po = boost::program_options;

constexpr char kWords[] = "words";

po::options_description describe(std::span<const Option> options) {
  po::options_description result;
  for (const auto& option : options) {
    std::string name(option.name);
    if (option.letter) name += fmt::format(",{}", option.letter);
    auto* value = po::value<std::vector<std::string>>();
    if (option.value.empty()) value->zero_tokens();
    result.add_options()(name.c_str(), value);
  }
  return result;
}

std::string hint(std::string_view written, std::span<const Option> options) {
  std::vector<std::string> names;
  for (const auto& option : options) names.push_back("--" + std::string(option.name));
  const auto meant = did_you_mean(written, names);
  return meant ? fmt::format(", did you mean {}?", *meant) : "; see `sluice help`";
}

// "--watch" becomes "--watch=2". Boost's implicit values would take the word that follows, a verb perhaps.
std::vector<std::string> with_implied(std::span<const std::string> arguments,
                                      std::span<const Option> options) {
  std::vector<std::string> result(arguments.begin(), arguments.end());
  const auto end = std::ranges::find(result, "--");
  for (auto word = result.begin(); word != end; ++word)
    for (const auto& option : options)
      if (!option.implied.empty() && *word == "--" + std::string(option.name))
        *word += "=" + std::string(option.implied);
  return result;
}

Scanned collect(const po::parsed_options& parsed) {
  Scanned result;
  for (const auto& part : parsed.options) {
    if (part.position_key >= 0) {
      result.words.insert(result.words.end(), part.value.begin(), part.value.end());
      continue;
    }
    auto& values = result.options[part.string_key];
    values.insert(values.end(), part.value.begin(), part.value.end());
  }
  return result;
}

Scanned run_parser(std::span<const std::string> arguments, std::span<const Option> options) {
  using namespace po::command_line_style;
  const auto described = describe(options);
  po::positional_options_description words;
  words.add(kWords, -1);
  const int style = unix_style & ~allow_guessing;
  po::command_line_parser parser(with_implied(arguments, options));
  return collect(parser.options(described).positional(words).style(style).run());
}

}   // namespace

Result<Scanned> scan(std::span<const std::string> arguments, std::span<const Option> options) {
  try {
    return run_parser(arguments, options);
  } catch (const po::unknown_option& error) {
    const auto& written = error.get_option_name();
    return fail(fmt::format("unknown option {}{}", written, hint(written, options)), ErrorKind::kUsage);
  } catch (const po::invalid_command_line_syntax& error) {
    using enum po::invalid_syntax::kind_t;
    const bool missing = error.kind() == missing_parameter || error.kind() == empty_adjacent_parameter;
    return fail(fmt::format("option {} takes {} value", error.get_option_name(), missing ? "a" : "no"),
                ErrorKind::kUsage);
  } catch (const std::exception& error) {
    return fail(fmt::format("command line: {}", error.what()), ErrorKind::kUsage);
  }
}

}   // namespace sluice::cli
