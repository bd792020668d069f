// SPDX-License-Identifier: GPL-2.0-or-later
// Lines from a socket, into a buffer that take_line() (talk/line.hpp) takes them out of.
#pragma once

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/streambuf.hpp>
#include <cstring>
#include <utility>

namespace sluice {

inline constexpr size_t kLineReadAtOnce = size_t{64} << 10;

// The size of the first line, with its end, of which the first `known` bytes have none; 0: it is not
// complete.
inline size_t line_in(const boost::asio::streambuf& input, size_t known) {
  const auto all = input.data();
  if (all.size() <= known) return 0;
  const auto* begin = static_cast<const char*>(all.data());
  const void* end = std::memchr(begin + known, '\n', all.size() - known);
  return end ? static_cast<size_t>(static_cast<const char*>(end) - begin) + 1 : 0;
}

template <class Socket, class Done>
void read_more_of_line(Socket& socket, boost::asio::streambuf& input, Done done) {
  const size_t known = input.size(), room = std::min(kLineReadAtOnce, input.max_size() - known);
  if (room == 0) return done(boost::asio::error::not_found, size_t{0});
  socket.async_read_some(input.prepare(room),
                         [&socket, &input, known, done = std::move(done)](
                             const boost::system::error_code& error, size_t size) mutable {
                           input.commit(size);
                           if (error) return done(error, size_t{0});
                           const size_t line = line_in(input, known);
                           if (line == 0) return read_more_of_line(socket, input, std::move(done));
                           done(error, line);
                         });
}

// As asio::async_read_until() with '\n', which goes from byte to byte by an iterator over all buffers: flows
// that gateways tell each other of are long lines, and many (bench/cluster/changes.py). done(error, size),
// never from within this call; a line longer than the buffer may be is an error.
template <class Socket, class Done>
void async_read_line(Socket& socket, boost::asio::streambuf& input, Done done) {
  boost::asio::post(socket.get_executor(), [&socket, &input, done = std::move(done)]() mutable {
    const size_t line = line_in(input, 0);
    if (line == 0) return read_more_of_line(socket, input, std::move(done));
    done(boost::system::error_code(), line);
  });
}

}   // namespace sluice
