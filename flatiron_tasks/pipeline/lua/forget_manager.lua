-- ARGV[1] = "host:port" of a manager, no job; ARGV[4] = time (seconds). Removes all that is kept of a manager that has no
-- job to look after and of which nothing was heard since then. Returns 1, or 0 if it stays.
if redis.call('EXISTS', P .. ':at:' .. J) == 1 then return 0 end
for _, at in ipairs(redis.call('HMGET', P .. ':manager:' .. J, 'answered_at', 'moved_at', 'failing_since')) do
  if tonumber(at or '0') > tonumber(ARGV[4]) then return 0 end
end
redis.call('SREM', P .. ':managers', J)
for _, kind in ipairs({'manager', 'listing', 'rest', 'probes', 'nodes', 'unprobed'}) do
  redis.call('UNLINK', P .. ':' .. kind .. ':' .. J)
end
return 1
