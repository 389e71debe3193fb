-- ARGV[4] = sentence. Tells people something about a job and changes nothing. Returns 1, or 0 if there is no such job.
if redis.call('EXISTS', JOB) == 0 then return 0 end
tell('note', ARGV[4])
return 1
