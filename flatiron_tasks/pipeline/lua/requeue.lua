-- ARGV[4] = new state, ARGV[5] = JSON list of passes to set back, ARGV[6] = '1' to render them again,
-- ARGV[7] = JSON {pass = {textures}}, ARGV[8] = sentence. A job that has not failed as a whole keeps its state.
-- Returns how many passes and textures were set back, or -1 if the job's state does not allow it.
local state = redis.call('HGET', JOB, 'state')
local going = state == 'rendering' or state == 'merging' or state == 'delivering'
if state ~= 'failed' and (ARGV[6] == '1' or not going) then return -1 end
local back, textures_of = 0, cjson.decode(ARGV[7])
for _, pass in ipairs(cjson.decode(ARGV[5])) do
  local old = redis.call('HGET', PASSES, pass)
  if old == 'merged' then
    redis.call('HINCRBY', JOB, 'passes_merged', -1)
    for _, texture in ipairs(textures_of[tostring(pass)]) do
      redis.call('SADD', JOB .. ':unmerged:' .. texture, pass)
    end
  end
  redis.call('HSET', PASSES, pass, 'waiting')
  redis.call('HDEL', PASSES, pass .. ':reason', pass .. ':attempts', pass .. ':starts')
  if ARGV[6] == '1' then redis.call('SADD', JOB .. ':discard', pass) end
  back = back + 1
end
for index = 0, count('textures_total') - 1 do
  if redis.call('HGET', TEXTURES, index) == 'failed' then
    redis.call('HSET', TEXTURES, index, 'waiting')
    redis.call('HDEL', TEXTURES, index .. ':note', index .. ':attempts', index .. ':starts')
    back = back + 1
  end
end
if ARGV[6] == '1' then redis.call('HINCRBY', JOB, 'generation', 1) end
redis.call('DEL', JOB .. ':sent')
if going then
  if back > 0 then emit('pass', ARGV[8]) end
  return back
end
redis.call('HSET', JOB, 'state', ARGV[4], 'reason', '', 'advice', '', 'step', '')
redis.call('ZREM', P .. ':state:failed', J)
redis.call('ZADD', P .. ':state:' .. ARGV[4], NOW, J)
redis.call('SADD', P .. ':at:' .. redis.call('HGET', JOB, 'manager'), J)
emit('state', ARGV[8])
return back
