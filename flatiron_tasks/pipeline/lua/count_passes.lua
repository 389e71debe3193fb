-- Passes of these jobs by state, as JSON. KEYS: prefix. ARGV: job ids. Only the states leave Redis, not the records.
local counts = {}
for _, job in ipairs(ARGV) do
  local total = tonumber(redis.call('HGET', KEYS[1] .. ':job:' .. job, 'passes_total')) or 0
  for first = 0, total - 1, 500 do
    local indices = {}
    for index = first, math.min(first + 499, total - 1) do indices[#indices + 1] = index end
    for _, state in ipairs(redis.call('HMGET', KEYS[1] .. ':job:' .. job .. ':passes', unpack(indices))) do
      if state then counts[state] = (counts[state] or 0) + 1 end
    end
  end
end
return cjson.encode(counts)
