-- ARGV[4] = JSON list of passes whose pieces are complete, ARGV[5] = sentence. Returns how many were new.
local new = 0
for _, pass in ipairs(cjson.decode(ARGV[4])) do
  if redis.call('HGET', PASSES, pass) == 'waiting' then
    redis.call('HSET', PASSES, pass, 'rendered')
    new = new + 1
  end
end
if new > 0 then emit('pass', ARGV[5]) end
return new
