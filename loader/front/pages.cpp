// SPDX-License-Identifier: GPL-2.0-or-later
#include "front/pages.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {
namespace {

std::string html_of(const FrontPage& page) {
  return fmt::format("<!doctype html><title>{0} {1}</title><h1>{0} {1}</h1><p>{2}</p>", page.status,
                     page.title, page.sentence);
}

std::string json_of(const FrontPage& page) {
  return fmt::format(R"({{"status":{},"error":"{}","message":"{}"}})", page.status, page.title,
                     page.sentence);
}

const FrontPage& page_of(int status) { return *std::ranges::find(front_pages(), status, &FrontPage::status); }

}   // namespace

// Without single quotes: they stand between such.
const std::vector<FrontPage>& front_pages() {
  static const std::vector<FrontPage> kPages = {
      {400, "Bad Request", "The request cannot be understood."},
      {401, "Unauthorized",
       "This site wants to know who you are: a token is missing, or it is not good any more."},
      {403, "Forbidden", "You may not open this site."},
      {404, "Not Found", "There is no site of this name here."},
      {429, "Too Many Requests", "There were too many requests: try again later."},
      {502, "Bad Gateway", "The site gave an answer that cannot be understood."},
      {503, "Service Unavailable", "Nobody serves this site at the moment: try again later."},
      {504, "Gateway Timeout", "The site did not answer in time."},
  };
  return kPages;
}

std::string answer_rules(int status, std::string_view condition, std::string_view headers) {
  const FrontPage& page = page_of(status);
  const auto rule = [&](std::string_view type, std::string_view wants, const std::string& body) {
    return fmt::format(
        "  http-request return status {} content-type {} hdr Cache-Control no-store{}{} string '{}' if "
        "{}{}\n",
        status, type, headers.empty() ? "" : " ", headers, body, wants, condition);
  };
  return rule("application/json", "wants_json ", json_of(page)) +
         rule("\"text/html; charset=utf-8\"", "", html_of(page));
}

std::string pages_map() {
  std::string text;
  for (const FrontPage& page : front_pages())
    text += fmt::format("{0} {1}\n{0}json {2}\n", page.status, html_of(page), json_of(page));
  return text;
}

}   // namespace sluice
