-- ARGV[4] = JSON list of {step, lease}, ARGV[5] = seconds after which a message counts as lost, doubling once.
-- Returns the positions (from 0) of the steps whose messages should be sent now, and notes the time.
-- A step that somebody works on is not sent: its lease is the proof that its message arrived.
local SENT, due = JOB .. ':sent', {}
for position, pair in ipairs(cjson.decode(ARGV[4])) do
  local step = pair[1]
  local last = redis.call('HGET', SENT, step)
  local wait = tonumber(ARGV[5]) * (tonumber(redis.call('HGET', SENT, step .. ':n') or '0') > 1 and 2 or 1)
  local is_due = not last or tonumber(NOW) - tonumber(last) >= wait
  if is_due and redis.call('EXISTS', P .. ':lease:' .. J .. ':' .. pair[2]) == 0 then
    redis.call('HSET', SENT, step, NOW)
    redis.call('HINCRBY', SENT, step .. ':n', 1)
    due[#due + 1] = position - 1
  end
end
return due
