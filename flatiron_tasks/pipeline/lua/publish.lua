-- ARGV[4] = `touches` of the record that the view was made of, ARGV[5] = key of the artist's views, ARGV[6] = view.
-- A view never replaces a newer one. The job stays dirty, behind all others, if it has changed since.
-- Returns 1 if it is clean now, else 0.
if redis.call('EXISTS', JOB) == 0 then
  redis.call('ZREM', P .. ':dirty', J)
  return 1
end
if tonumber(ARGV[4]) >= count('published') then
  redis.call('HSET', ARGV[5], J, ARGV[6])
  redis.call('HSET', JOB, 'published', ARGV[4])
end
if tonumber(ARGV[4]) ~= count('touches') then
  redis.call('ZADD', P .. ':dirty', NOW, J)
  return 0
end
redis.call('ZREM', P .. ':dirty', J)
return 1
