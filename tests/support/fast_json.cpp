// SPDX-License-Identifier: GPL-2.0-or-later
// For programs with the sanitizers: of a template that many files use, the linker keeps the first copy. The
// copies here are optimised, and linked first (cmake/Sanitizers.cmake), because most of the tests' time went
// into these templates.
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

using nlohmann::json;
namespace detail = nlohmann::detail;

template json::basic_json(const json&);
template json::basic_json(json&&) noexcept;
template json::basic_json(initializer_list_t, bool, value_t);
template json::~basic_json() noexcept;
template json& json::operator=(json);
template void json::push_back(const json&);
template void json::push_back(json&&);
template std::string json::dump(int, char, bool, error_handler_t) const;
template class std::vector<json>;
template class std::map<std::string, json, std::less<>>;
template class detail::serializer<json>;

using Characters = detail::iterator_input_adapter<const char*>;
using OfString = detail::iterator_input_adapter<std::string::const_iterator>;
template class detail::lexer<json, Characters>;
template class detail::lexer<json, OfString>;
template class detail::parser<json, Characters>;
template class detail::parser<json, OfString>;
