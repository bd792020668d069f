// SPDX-License-Identifier: GPL-2.0-or-later
// What secrets look like, whoever made them. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice {

// Each of these looks at what begins at `at`. Where it is what it looks for, it appends what may stay to
// `out`, and answers where that ends; otherwise `at`.
size_t take_pem_key(std::string_view text, size_t at, std::string& out);
size_t take_url(std::string_view text, size_t at, std::string& out);            // from its "://"
size_t take_web_token(std::string_view text, size_t at, std::string& out);      // a JWT (RFC 7519)
size_t take_bearer_token(std::string_view text, size_t at, std::string& out);   // of "Authorization: Bearer"
size_t take_named_secret(std::string_view text, size_t at, std::string& out);   // "password: x", "token=x"

// The end of a word of base64 that is as long as a key, and looks as random; otherwise `at`.
size_t end_of_key(std::string_view text, size_t at);

}   // namespace sluice
