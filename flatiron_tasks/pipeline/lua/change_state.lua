-- ARGV[4] = expected state, ARGV[5] = new state, ARGV[6] = expected revision or '', ARGV[7] = JSON of fields to set,
-- ARGV[8] = sentence, ARGV[9] = '1' if the sweep no longer looks after the job, ARGV[10] = '1' if people are told of the
-- new state: then it is noted, as it is now, as owed to them. Returns 1, or 0 if it has moved on.
if redis.call('HGET', JOB, 'state') ~= ARGV[4] then return 0 end
if ARGV[6] ~= '' and redis.call('HGET', JOB, 'revision') ~= ARGV[6] then return 0 end
redis.call('HSET', JOB, 'state', ARGV[5])
for name, value in pairs(cjson.decode(ARGV[7])) do redis.call('HSET', JOB, name, value) end
redis.call('ZREM', P .. ':state:' .. ARGV[4], J)
redis.call('ZADD', P .. ':state:' .. ARGV[5], NOW, J)
if ARGV[9] == '1' then redis.call('ZREM', P .. ':at:' .. redis.call('HGET', JOB, 'manager'), J) else look_after() end
if ARGV[10] == '1' then
  local key = J .. ':' .. redis.call('HINCRBY', JOB, 'ends', 1)
  local why = redis.call('HMGET', JOB, 'reason', 'advice')
  redis.call('HSET', P .. ':notice:' .. key, 'state', ARGV[5], 'sentence', ARGV[8], 'reason', why[1] or '',
    'advice', why[2] or '', 'at', NOW)
  redis.call('ZADD', P .. ':owed', NOW, key)
end
emit('state', ARGV[8])
return 1
