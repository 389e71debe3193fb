-- ARGV[4] = JSON list of {step, lease}, ARGV[5] = seconds after which a message counts as lost, doubling three times: it
-- may only wait behind many others, and a queue that is long must not become longer for that.
-- Returns the positions (from 0) of the steps whose messages should be sent now, and notes the time.
-- A step that somebody works on is not sent: its lease is the proof that its message arrived.
-- What was sent is read many at a time: this runs after every step, with all that are left. Lua passes on only some
-- thousand values at once.
local SENT, due, steps, AT_ONCE = JOB .. ':sent', {}, cjson.decode(ARGV[4]), 1000

local function consider(position, last, times)
  local step, lease = steps[position][1], steps[position][2]
  local wait = tonumber(ARGV[5]) * 2 ^ math.max(0, math.min(tonumber(times or '0') - 1, 3))
  local is_due = not last or tonumber(NOW) - tonumber(last) >= wait
  if is_due and redis.call('EXISTS', P .. ':lease:' .. J .. ':' .. lease) == 0 then
    redis.call('HSET', SENT, step, NOW)
    redis.call('HINCRBY', SENT, step .. ':n', 1)
    due[#due + 1] = position - 1
  end
end

for first = 1, #steps, AT_ONCE do
  local fields, last = {}, math.min(first + AT_ONCE - 1, #steps)
  for position = first, last do
    fields[#fields + 1] = steps[position][1]
    fields[#fields + 1] = steps[position][1] .. ':n'
  end
  local sent = redis.call('HMGET', SENT, unpack(fields))
  for position = first, last do
    local place = 2 * (position - first)
    consider(position, sent[place + 1], sent[place + 2])
  end
end
return due
