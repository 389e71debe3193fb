-- ARGV[4] = pass, ARGV[5] = token, ARGV[6] = new state, ARGV[7] = reason, ARGV[8] = sentence.
-- Returns 1; 0 if it stands so already; -1 if this process lost its lease.
if not holds('pass:' .. ARGV[4], ARGV[5]) then return -1 end
local old = redis.call('HGET', PASSES, ARGV[4])
if old == ARGV[6] or old == 'merged' then return 0 end
redis.call('HSET', PASSES, ARGV[4], ARGV[6], ARGV[4] .. ':reason', ARGV[7])
redis.call('HDEL', PASSES, ARGV[4] .. ':starts')
if ARGV[6] == 'merged' then pass_is_merged(ARGV[4]) end
emit('pass', ARGV[8])
return 1
