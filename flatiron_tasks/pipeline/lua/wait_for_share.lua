-- ARGV[4] = 'passes' or 'textures', ARGV[5] = index, ARGV[6] = step, ARGV[7] = when all are tried again, ARGV[8] = since
-- when the share is away, ARGV[9] = why, ARGV[10] = sentence. The try that failed is neither an attempt nor a death.
-- An event only for new trouble. Returns 1, or 0 if there is no such job.
if redis.call('EXISTS', JOB) == 0 then return 0 end
redis.call('HINCRBY', JOB .. ':' .. ARGV[4], ARGV[5] .. ':starts', -1)
redis.call('HDEL', JOB .. ':sent', ARGV[6], ARGV[6] .. ':n')
local is_new = redis.call('HGET', JOB, 'share_why') ~= ARGV[9]
redis.call('HSETNX', JOB, 'share_away_since', ARGV[8])
redis.call('HSET', JOB, 'share_after', ARGV[7], 'share_why', ARGV[9])
if is_new then
  redis.call('HSET', JOB, 'share_trouble', ARGV[10])
  emit('note', ARGV[10])
else
  touch(J)
end
return 1
