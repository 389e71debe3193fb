-- ARGV[1] = "host:port" of a manager, no job; ARGV[4] = JSON {field = text} of its health. When it has stopped
-- answering, or answers again, every job at it waits for something else than before.
-- Of a manager that was forgotten meanwhile nothing is kept.
if redis.call('SISMEMBER', P .. ':managers', J) == 0 then return 0 end
local MANAGER = P .. ':manager:' .. J
local function is_failing() return tonumber(redis.call('HGET', MANAGER, 'failing_since') or '0') > 0 end
local was_failing = is_failing()
for name, value in pairs(cjson.decode(ARGV[4])) do redis.call('HSET', MANAGER, name, value) end
if is_failing() ~= was_failing then
  for _, job in ipairs(redis.call('ZRANGE', P .. ':at:' .. J, 0, -1)) do touch(job) end
end
return 1
