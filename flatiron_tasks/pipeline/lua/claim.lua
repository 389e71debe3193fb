-- ARGV[4] = what, ARGV[5] = milliseconds. Returns a fencing token, or 0 if somebody else works on it,
-- or -1 if there is no such job.
if redis.call('EXISTS', JOB) == 0 then return -1 end
local lease = P .. ':lease:' .. J .. ':' .. ARGV[4]
if redis.call('EXISTS', lease) == 1 then return 0 end
local token = redis.call('HINCRBY', JOB, 'fence:' .. ARGV[4], 1)
redis.call('SET', lease, token, 'PX', ARGV[5])
touch(J) -- "being merged" is a lease
return token
