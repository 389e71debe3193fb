-- ARGV[4] = JSON {fields, passes, textures = {I = {state, path, passes = {I…}}}, manager}, ARGV[5] = sentence.
-- Returns 1, or 0 if the job has a record already.
if redis.call('EXISTS', JOB) == 1 then return 0 end
local new = cjson.decode(ARGV[4])
for name, value in pairs(new.fields) do redis.call('HSET', JOB, name, value) end
for index, state in pairs(new.passes) do redis.call('HSET', PASSES, index, state) end
for index, texture in pairs(new.textures) do
  redis.call('HSET', TEXTURES, index, texture.state, index .. ':path', texture.path)
  for _, pass in ipairs(texture.passes) do
    redis.call('SADD', JOB .. ':needs:' .. index, pass)
    if new.passes[tostring(pass)] ~= 'merged' then redis.call('SADD', JOB .. ':unmerged:' .. index, pass) end
  end
end
redis.call('ZADD', P .. ':jobs', NOW, J)
redis.call('ZADD', P .. ':state:' .. new.fields.state, NOW, J)
look_after()
emit('state', ARGV[5])
return 1
