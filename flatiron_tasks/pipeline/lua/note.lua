-- ARGV[4] = field, ARGV[5] = text, ARGV[6] = sentence or ''. Sets a field; says so only if the text is new.
if redis.call('EXISTS', JOB) == 0 then return 0 end
if redis.call('HGET', JOB, ARGV[4]) == ARGV[5] then return 0 end
redis.call('HSET', JOB, ARGV[4], ARGV[5])
if ARGV[6] ~= '' then emit('note', ARGV[6]) else touch(J) end
return 1
