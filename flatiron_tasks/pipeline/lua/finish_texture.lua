-- ARGV[4] = texture, ARGV[5] = token or '' (collected on the submitter's machine: needs the state collectable),
-- ARGV[6] = new state, ARGV[7] = path, ARGV[8] = note, ARGV[9] = sentence.
-- Returns 1; 0 if it stands so already; -1 if this process lost its lease.
local old = redis.call('HGET', TEXTURES, ARGV[4])
if ARGV[5] == '' then
  if old ~= 'collectable' then return 0 end
elseif not holds('texture:' .. ARGV[4], ARGV[5]) then
  return -1
end
local done = {delivered = true, beside = true}
if old == ARGV[6] or done[old] then return 0 end
redis.call('HSET', TEXTURES, ARGV[4], ARGV[6], ARGV[4] .. ':path', ARGV[7], ARGV[4] .. ':note', ARGV[8])
if done[ARGV[6]] then redis.call('HINCRBY', JOB, 'textures_done', 1) end
emit('texture', ARGV[9])
return 1
