-- For wrk: requests at random out of the file that REQUESTS names, a line each:
-- METHOD <tab> PATH <tab> AUTHORIZATION <tab> BODY. What came of them is one line of JSON.
local requests = {}

-- Each thread has its own one of the ADDRESSES (ADDRESS:PORT, spaces in between), and its own requests.
local addresses = {}
for host, port in (os.getenv("ADDRESSES") or ""):gmatch("(%S+):(%d+)") do
    addresses[#addresses + 1] = wrk.lookup(host, port)[1]
end
local threads = 0

function setup(thread)
    threads = threads + 1
    if addresses[threads] then thread.addr = addresses[threads] end
    thread:set("number", threads)
end

function init()
    math.randomseed(os.time() + 1000 * number)
    for line in io.lines(os.getenv("REQUESTS")) do
        local method, path, authorization, body = line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
        local headers = {}
        if authorization ~= "" then headers["Authorization"] = authorization end
        if body ~= "" then headers["Content-Type"] = "application/json" else body = nil end
        requests[#requests + 1] = wrk.format(method, path, headers, body)
    end
end

function request()
    return requests[math.random(#requests)]
end

-- With PAUSE each connection rests so many milliseconds on average before its next request.
local pause = tonumber(os.getenv("PAUSE"))
if pause then
    function delay()
        return math.random(2 * pause)
    end
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        'RESULT {"requests":%d,"seconds":%f,"failed":%d,"refused":%d,"p50":%f,"p99":%f,"max":%f}\n',
        summary.requests, summary.duration / 1e6,
        errors.connect + errors.read + errors.write + errors.timeout, errors.status,
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
