-- ARGV[4] = 'passes' or 'textures', ARGV[5] = index, ARGV[6] = 'starts' or 'attempts' (those that ended in an error).
-- Returns the count.
return redis.call('HINCRBY', JOB .. ':' .. ARGV[4], ARGV[5] .. ':' .. ARGV[6], 1)
