-- ARGV[4] = sentence. Steps no longer wait for the share. Returns 1, or 0 if none did.
if redis.call('HDEL', JOB, 'share_away_since', 'share_after', 'share_why', 'share_trouble') == 0 then return 0 end
if ARGV[4] ~= '' then emit('note', ARGV[4]) else touch(J) end
return 1
