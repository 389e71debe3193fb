-- ARGV[4] = JSON list of passes to set back, ARGV[5] = '1' to throw their pieces away, ARGV[6] = sentence.
-- A failed or collectable job begins a new generation at `submitted`: dispatch sends to the farm what has no pieces.
-- A job that goes on asks for a farm job in the place of this one if passes were set back, since this one gave them up;
-- `pardoned` is the first generation for which earlier failures do not count.
-- Returns how many passes and textures were set back, or -1 if it is not the time.
local state = redis.call('HGET', JOB, 'state')
local going = state == 'rendering' or state == 'merging' or state == 'delivering'
local stopped = state == 'failed' or state == 'ready_to_collect'
if not stopped and (ARGV[5] == '1' or not going) then return -1 end
local back = 0
for _, pass in ipairs(cjson.decode(ARGV[4])) do
  if redis.call('HGET', PASSES, pass) == 'merged' then pass_is_not_merged(pass) end
  redis.call('HSET', PASSES, pass, 'waiting')
  redis.call('HDEL', PASSES, pass .. ':reason', pass .. ':attempts', pass .. ':starts')
  if ARGV[5] == '1' then
    redis.call('SADD', JOB .. ':discard', pass)
    for index = 0, count('textures_total') - 1 do
      if redis.call('SISMEMBER', JOB .. ':needs:' .. index, pass) == 1 then texture_begins_again(index) end
    end
  end
  back = back + 1
end
for index = 0, count('textures_total') - 1 do
  local old = redis.call('HGET', TEXTURES, index)
  if old == 'failed' or old == 'collectable' then
    texture_begins_again(index)
    back = back + 1
  end
end
redis.call('DEL', JOB .. ':sent')
redis.call('HDEL', JOB, 'dispatch_failures', 'dispatch_after', 'resubmitted')
redis.call('HDEL', JOB, 'share_away_since', 'share_after', 'share_why', 'share_trouble')
if going and back == 0 then return 0 end
local is_set_back = #cjson.decode(ARGV[4]) > 0
if not going or is_set_back then
  redis.call('HSETNX', JOB, 'dispatched', redis.call('HGET', JOB, 'generation') or '1')
  redis.call('HSET', JOB, 'pardoned', redis.call('HINCRBY', JOB, 'generation', 1))
end
if (not going or is_set_back) and redis.call('HGET', JOB, 'suspended') == '1' then
  redis.call('HSET', JOB, 'suspended', '', 'wish', 'suspend') -- the next farm job knows nothing of it
end
if going then
  if is_set_back and state ~= 'rendering' then
    redis.call('HSET', JOB, 'state', 'rendering')
    redis.call('ZREM', P .. ':state:' .. state, J)
    redis.call('ZADD', P .. ':state:rendering', NOW, J)
  end
  emit('pass', ARGV[6])
  return back
end
redis.call('HSET', JOB, 'state', 'submitted', 'reason', '', 'advice', '', 'step', '', 'sighting', '')
redis.call('ZREM', P .. ':state:' .. state, J)
redis.call('ZADD', P .. ':state:submitted', NOW, J)
look_after()
emit('state', ARGV[6])
return back
