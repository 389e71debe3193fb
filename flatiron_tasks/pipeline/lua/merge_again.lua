-- ARGV[4] = pass, ARGV[5] = sentence. A merged pass whose layers got lost is to be merged again. Returns 1, or 0.
if redis.call('HGET', PASSES, ARGV[4]) ~= 'merged' then return 0 end
redis.call('HSET', PASSES, ARGV[4], 'rendered')
pass_is_not_merged(ARGV[4])
redis.call('HDEL', JOB .. ':sent', 'merge_pass:' .. ARGV[4])
emit('pass', ARGV[5])
return 1
