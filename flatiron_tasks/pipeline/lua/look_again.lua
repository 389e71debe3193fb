-- ARGV[4] = revision that was looked at, ARGV[5] = time of the next look, '' if there need not be any. A record that has
-- changed since keeps its own time, which is sooner. Returns 1, or 0 if it has changed or nobody looks after it.
if redis.call('HGET', JOB, 'revision') ~= ARGV[4] then return 0 end
local at = P .. ':at:' .. redis.call('HGET', JOB, 'manager')
if not redis.call('ZSCORE', at, J) then return 0 end
if ARGV[5] == '' then redis.call('ZREM', at, J) else redis.call('ZADD', at, 'XX', ARGV[5], J) end
return 1
