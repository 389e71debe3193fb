-- ARGV[4] = how often dispatch has failed in a row, ARGV[5] = when it is tried again, ARGV[6] = sentence.
redis.call('HSET', JOB, 'dispatch_failures', ARGV[4], 'dispatch_after', ARGV[5], 'farm_note', ARGV[6])
emit('note', ARGV[6])
return 1
