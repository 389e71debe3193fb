-- ARGV[4] = state that the job must be in, ARGV[5] = time (seconds) before which it must have come into it, ARGV[6] = the
-- same as ISO text, ARGV[7] = key of the artist's views. Removes all that is kept of the job; leases have an expiry.
-- What must still be cleaned is not forgotten. Returns 1, or 0 if the job stays.
local by_state = P .. ':state:' .. ARGV[4]
local since = redis.call('ZSCORE', by_state, J)
if not since or tonumber(since) > tonumber(ARGV[5]) then return 0 end
if redis.call('EXISTS', JOB) == 1 then
  if redis.call('HGET', JOB, 'state') ~= ARGV[4] then return 0 end
  if ARGV[4] ~= 'failed' and redis.call('HGET', JOB, 'cleaned') ~= '1' then return 0 end
end

-- The stream of an artist who has no jobs left goes with the last of them, unless something new stands in it.
local function forget_stream(stream)
  if redis.call('EXISTS', ARGV[7]) == 1 then return end
  local newest = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)
  if #newest > 0 and cjson.decode(newest[1][2][2]).at < ARGV[6] then redis.call('UNLINK', stream) end
end

local manager, stream = unpack(redis.call('HMGET', JOB, 'manager', 'artist_events'))
for number = 1, count('ends') do
  redis.call('ZREM', P .. ':owed', J .. ':' .. number)
  redis.call('UNLINK', P .. ':notice:' .. J .. ':' .. number)
end
for index = 0, count('textures_total') - 1 do
  redis.call('UNLINK', JOB .. ':needs:' .. index, JOB .. ':unmerged:' .. index)
end
redis.call('UNLINK', JOB, PASSES, TEXTURES, JOB .. ':sent', JOB .. ':history', JOB .. ':discard', P .. ':refused:' .. J)
redis.call('ZREM', P .. ':jobs', J)
redis.call('ZREM', by_state, J)
redis.call('ZREM', P .. ':dirty', J)
redis.call('HDEL', ARGV[7], J)
if manager then
  redis.call('ZREM', P .. ':at:' .. manager, J)
  redis.call('HDEL', P .. ':unprobed:' .. manager, J)
end
if stream then forget_stream(stream) end
return 1
