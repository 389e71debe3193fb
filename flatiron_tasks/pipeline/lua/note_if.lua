-- ARGV[4] = field, ARGV[5] = text that it must hold, ARGV[6] = generation that the record must have, ARGV[7] = JSON of
-- fields to set, ARGV[8] = sentence or ''. Returns 1, or 0 if somebody has written something else meanwhile.
if redis.call('EXISTS', JOB) == 0 then return 0 end
if (redis.call('HGET', JOB, ARGV[4]) or '') ~= ARGV[5] then return 0 end
if (redis.call('HGET', JOB, 'generation') or '1') ~= ARGV[6] then return 0 end
for name, value in pairs(cjson.decode(ARGV[7])) do redis.call('HSET', JOB, name, value) end
if ARGV[8] ~= '' then emit('note', ARGV[8]) else touch(J) end
return 1
