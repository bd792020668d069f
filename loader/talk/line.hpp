// SPDX-License-Identifier: GPL-2.0-or-later
// Lines in a buffer that async_read_line() (talk/read_line.hpp) or asio::async_read_until() has filled.
#pragma once

#include <boost/asio/streambuf.hpp>
#include <string>

namespace sluice {

// The first `size` bytes, with the line's end, are taken out.
inline std::string take_line(boost::asio::streambuf& input, size_t size) {
  std::string line(static_cast<const char*>(input.data().data()), size);   // it is in one piece
  input.consume(size);
  return line;
}

}   // namespace sluice
