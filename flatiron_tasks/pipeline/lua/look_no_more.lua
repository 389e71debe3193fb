-- ARGV[4] = "host:port" of a manager. Nobody has to look after a job there that has no record, and in one step: a record
-- that is made anew at this moment, after a flush, would never be looked after. Returns 1, or 0 if there is a record.
if redis.call('EXISTS', JOB) == 1 then return 0 end
redis.call('ZREM', P .. ':at:' .. ARGV[4], J)
return 1
