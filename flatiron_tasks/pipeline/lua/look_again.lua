-- ARGV[4] = revision that was looked at, ARGV[5] = time of the next look. A record that has changed since keeps its
-- own time, which is sooner. Returns 1, or 0 if it has changed or nobody looks after it.
if redis.call('HGET', JOB, 'revision') ~= ARGV[4] then return 0 end
local at = P .. ':at:' .. redis.call('HGET', JOB, 'manager')
if not redis.call('ZSCORE', at, J) then return 0 end
redis.call('ZADD', at, 'XX', ARGV[5], J)
return 1
