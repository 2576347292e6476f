-- What wrk says at its end, for a program: requests, microseconds, the 99th
-- percentile in microseconds, errors.
done = function(summary, latency)
   local e = summary.errors
   io.write(string.format("told %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(99),
      e.connect + e.read + e.write + e.status + e.timeout))
end
