// SPDX-License-Identifier: GPL-2.0-or-later
#include "errand/dns_update.hpp"

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "kernel/program.hpp"

namespace sluice {

std::string update_text(const DnsAccess& dns, const std::vector<std::string>& changes) {
  return fmt::format("server {} {}\nzone {}.\n{}\nsend\n", dns.server, dns.port, dns.zone,
                     join(changes, "\n"));
}

Result<> update_dns(const DnsAccess& dns, const std::vector<std::string>& changes,
                    const std::filesystem::path& folder) {
  const auto nsupdate = find_program("nsupdate");
  if (!nsupdate) return fail("nsupdate is not installed: install the package bind9-dnsutils");
  const std::filesystem::path key = folder / "tsig.key", text = folder / "update";
  TRY(write_file_atomically(key, dns.key, 0600));
  TRY(write_file_atomically(text, update_text(dns, changes), 0600));
  return run_program({*nsupdate, "-t", "8", "-k", key, text});
}

}   // namespace sluice
