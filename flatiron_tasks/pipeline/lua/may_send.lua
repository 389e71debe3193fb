-- ARGV[4] = step, ARGV[5] = seconds after which a message counts as lost, doubling with every repeat up to 4 times.
-- Returns 1 and notes the time if the step's message should be sent now.
local SENT = JOB .. ':sent'
local last = redis.call('HGET', SENT, ARGV[4])
local times = tonumber(redis.call('HGET', SENT, ARGV[4] .. ':n') or '0')
if last and tonumber(NOW) - tonumber(last) < tonumber(ARGV[5]) * math.min(4, 2 ^ math.max(0, times - 1)) then
  return 0
end
redis.call('HSET', SENT, ARGV[4], NOW)
redis.call('HINCRBY', SENT, ARGV[4] .. ':n', 1)
return 1
