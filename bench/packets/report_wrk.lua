-- SPDX-License-Identifier: GPL-2.0-or-later
-- What wrk found, as one line of JSON behind its own text: microseconds.
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('\n{"requests": %d, "us": %d, "p50_us": %d, "p99_us": %d, "errors": %d}\n', summary.requests,
    summary.duration, latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
