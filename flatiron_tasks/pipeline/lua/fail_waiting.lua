-- ARGV[4] = JSON {pass = reason}, ARGV[5] = sentence. Only passes that still wait fail. Returns how many did.
local failed = 0
for pass, reason in pairs(cjson.decode(ARGV[4])) do
  if redis.call('HGET', PASSES, pass) == 'waiting' then
    redis.call('HSET', PASSES, pass, 'failed', pass .. ':reason', reason)
    failed = failed + 1
  end
end
if failed > 0 then emit('pass', ARGV[5]) end
return failed
