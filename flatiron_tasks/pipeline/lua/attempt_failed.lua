-- ARGV[4] = 'passes' or 'textures', ARGV[5] = index, ARGV[6] = step. Counts a failed attempt and forgets that the step was sent, so
-- that the safety net may send it again. Returns the count.
redis.call('HDEL', JOB .. ':sent', ARGV[6])
return redis.call('HINCRBY', JOB .. ':' .. ARGV[4], ARGV[5] .. ':attempts', 1)
