// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/manual.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/help.hpp"

namespace sluice::cli {
namespace {

// What roff would read as a hyphen, an escape or a request.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '-')
      out += "\\-";
    else if (c == '\\')
      out += "\\e";
    else
      out += c;
  }
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

std::string title(std::string_view name, std::string_view help) {
  std::string upper(name);
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
  return fmt::format(".TH {} 1 \"\" \"sluice {}\" \"User Commands\"\n.SH NAME\n{} \\- {}\n", upper,
                     SLUICE_VERSION, plain(name), plain(help));
}

std::string page_name(const Command& command) {
  std::string name = fmt::format("sluice-{}", command.name);
  std::ranges::replace(name, ' ', '-');
  return name;
}

std::string tagged(std::string_view tag, std::string_view text) {
  return fmt::format(".TP\n.B {}\n{}\n", plain(tag), plain(text));
}

std::string options_text(std::span<const Option> options) {
  std::string out;
  for (const Option& option : options)
    out += tagged(
        option_form(option),
        sentence(option.help) +
            (option.choices.empty()
                 ? ""
                 : " One of: " +
                       join(std::vector<std::string>(option.choices.begin(), option.choices.end()), ", ") +
                       "."));
  return out;
}

std::string page_of(const Command& command) {
  std::string out = title(page_name(command), command.help);
  out += fmt::format(".SH SYNOPSIS\n.B sluice {}\n", plain(synopsis(command)));
  out += fmt::format(".SH DESCRIPTION\n{}\n", plain(sentence(command.help)));
  out += ".SH OPTIONS\n" + options_text(command.options) + options_text(global_options());
  out += fmt::format(".SH EXAMPLE\n.nf\n{}\n.fi\n", plain(command.example));
  out += fmt::format(".SH EXIT STATUS\n{}\n", plain(exit_statuses()));
  return out + ".SH SEE ALSO\n.BR sluice (1),\n.BR sluiced (8),\n.BR sluice.json (5)\n";
}

std::string overview() {
  std::string out = title("sluice", "network gateway of one document");
  out += ".SH SYNOPSIS\n.B sluice\n.RB [ \\-\\-socket\n.IR PATH ]\n.I VERB ...\n";
  out +=
      ".SH DESCRIPTION\nOne JSON document says what a machine is as a network gateway.\n"
      ".BR sluiced (8)\nmakes the machine match it; this program talks to the daemon over its socket.\n";
  out += ".SH VERBS\n";
  for (const Command& command : commands())
    out += fmt::format(".TP\n.BR {} (1)\n{}\n", plain(page_name(command)), plain(sentence(command.help)));
  out += ".SH OPTIONS\n" + options_text(global_options());
  out += fmt::format(".SH EXIT STATUS\n{}\n", plain(exit_statuses()));
  return out +
         ".SH FILES\n.TP\n.I /etc/sluice/gateway.json\nThe document of the first start.\n"
         ".TP\n.I /run/sluice/sluice.sock\nThe daemon's socket, for root and the group sluice.\n"
         ".SH SEE ALSO\n.BR sluiced (8),\n.BR sluice.json (5)\n";
}

}   // namespace

std::vector<ManualPage> manual_pages() {
  std::vector<ManualPage> pages{{"sluice.1", overview()}};
  for (const Command& command : commands()) pages.push_back({page_name(command) + ".1", page_of(command)});
  return pages;
}

}   // namespace sluice::cli
