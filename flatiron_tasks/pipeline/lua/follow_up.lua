-- ARGV[4] = generation that is to be replaced, ARGV[5] = sentence, ARGV[6] = '1' if the farm has lost it. Asks for a farm
-- job with what is still missing, in the place of this one. Returns 1, or 0 if it is asked for already or the job does not wait for the farm any more.
if redis.call('HGET', JOB, 'state') ~= 'rendering' or redis.call('HGET', JOB, 'generation') ~= ARGV[4] then return 0 end
redis.call('HSETNX', JOB, 'dispatched', ARGV[4])
redis.call('HINCRBY', JOB, 'generation', 1)
redis.call('HDEL', JOB .. ':sent', 'dispatch')
if ARGV[6] == '1' then redis.call('HINCRBY', JOB, 'resubmitted', 1) end
if redis.call('HGET', JOB, 'suspended') == '1' then
  redis.call('HSET', JOB, 'suspended', '', 'wish', 'suspend') -- the next farm job knows nothing of it
end
emit('note', ARGV[5])
return 1
