-- ARGV[4] = pass, ARGV[5] = token, ARGV[6] = new state, ARGV[7] = reason, ARGV[8] = JSON list of its textures,
-- ARGV[9] = sentence. Returns 1; 0 if it stands so already; -1 if this process lost its lease.
if not holds('pass:' .. ARGV[4], ARGV[5]) then return -1 end
local old = redis.call('HGET', PASSES, ARGV[4])
if old == ARGV[6] or old == 'merged' then return 0 end
redis.call('HSET', PASSES, ARGV[4], ARGV[6], ARGV[4] .. ':reason', ARGV[7])
if ARGV[6] == 'merged' then
  redis.call('HINCRBY', JOB, 'passes_merged', 1)
  for _, texture in ipairs(cjson.decode(ARGV[8])) do
    redis.call('SREM', JOB .. ':unmerged:' .. texture, ARGV[4])
  end
end
emit('pass', ARGV[9])
return 1
