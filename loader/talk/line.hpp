// SPDX-License-Identifier: GPL-2.0-or-later
// Lines in a buffer that async_read_until() has filled.
#pragma once

#include <boost/asio/buffers_iterator.hpp>
#include <boost/asio/streambuf.hpp>
#include <string>

namespace sluice {

// The first `size` bytes, with the line's end, are taken out.
inline std::string take_line(boost::asio::streambuf& input, size_t size) {
  const auto begin = boost::asio::buffers_begin(input.data());
  std::string line(begin, begin + static_cast<ptrdiff_t>(size));
  input.consume(size);
  return line;
}

}   // namespace sluice
