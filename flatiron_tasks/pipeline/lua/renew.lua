-- ARGV[4] = what, ARGV[5] = token, ARGV[6] = milliseconds, 0 gives the lease back. Returns 1, or 0 if it was lost.
local lease = P .. ':lease:' .. J .. ':' .. ARGV[4]
if not holds(ARGV[4], ARGV[5]) then return 0 end
if ARGV[6] == '0' then
  if redis.call('GET', lease) == ARGV[5] then redis.call('DEL', lease) end
  touch(J)
else
  redis.call('SET', lease, ARGV[5], 'PX', ARGV[6])
end
return 1
