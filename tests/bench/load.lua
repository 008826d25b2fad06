-- Random paths out of a file, with the headers of a real mail client; the last line is for load.py.
local paths = {}
for line in io.lines(os.getenv("BENCH_PATHS")) do
   paths[#paths + 1] = line
end
local tail = table.concat({
   " HTTP/1.1",
   "Host: localhost",
   "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.4.0",
   "Accept: image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
   "Accept-Language: de,en-US;q=0.7,en;q=0.3",
   "Accept-Encoding: gzip, deflate, br, zstd",
   "Connection: keep-alive",
   "Sec-Fetch-Dest: image",
   "Sec-Fetch-Mode: no-cors",
   "Sec-Fetch-Site: cross-site",
   "", "",
}, "\r\n")
math.randomseed(os.time())
local count = #paths

function request()
   return "GET " .. paths[math.random(count)] .. tail
end

function done(summary, latency)
   local e = summary.errors
   io.write(string.format("BENCH %d %d %d %d %f %f\n", summary.requests, summary.duration, e.status,
      e.connect + e.read + e.write + e.timeout, latency:percentile(50), latency:percentile(99)))
end
