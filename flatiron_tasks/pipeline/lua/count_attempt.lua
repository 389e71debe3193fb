-- ARGV[4] = 'passes' or 'textures', ARGV[5] = index, ARGV[6] = 'starts' or 'attempts' (those that ended in an error),
-- ARGV[7] = step whose message may be sent again at once, or ''. Returns the count.
if ARGV[7] ~= '' then redis.call('HDEL', JOB .. ':sent', ARGV[7]) end
return redis.call('HINCRBY', JOB .. ':' .. ARGV[4], ARGV[5] .. ':' .. ARGV[6], 1)
