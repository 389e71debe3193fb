-- Key schema (P = key prefix of the installation, J = job id, I = number of a pass or texture)
--   P:jobs                zset   job id by time of creation
--   P:state:<state>       zset   job id by time of the last change
--   P:managers            set    "host:port" of managers that have jobs, or had some not long ago
--   P:at:<host:port>      zset   ids of jobs at this manager that the sweep looks after, by time of the next look
--   P:manager:<host:port> hash   answered_at, failing_since, failures, trouble, moved_at, next_sweep, silent, again
--   P:listing:<host:port> string what the manager listed of our jobs at the last sweep, JSON
--   P:rest:<host:port>    string there for a moment after a sweep, with an expiry
--   P:job:J               hash   state, revision, sequence, counts and texts of the job; fence:<what> = last token;
--                                touches = changes of what people see, published = the last of them in a view
--   P:job:J:passes        hash   I = state, I:starts, I:attempts, I:reason
--   P:job:J:textures      hash   I = state, I:starts, I:attempts, I:path, I:note
--   P:job:J:needs:I       set    passes that texture I is made of
--   P:job:J:unmerged:I    set    those of them that it still waits for (the fan-in)
--   P:job:J:discard       set    passes whose pieces are thrown away at the next dispatch
--   P:job:J:sent          hash   step = when its message was sent last, step:n = how often
--   P:job:J:history       list   its last events, oldest first, each as in the stream
--   P:lease:J:<what>      string token of the process that works on it, with an expiry
--   P:refused:J           string why the front desk refused a job, for a day
--   P:probes:<host:port>  hash   share probes of this manager: nonce = Probe as JSON, nonce:N:asked and nonce:N:over of
--                                each server
--   P:nodes:<host:port>   hash   JSON list of folder and server = NodeHealth as JSON
--   P:unprobed:<host:port> hash  J = since when it waits for answers of share probes
--   P:expiry              hash   state = how many of its oldest jobs cannot be forgotten yet
--   P:dirty               zset   ids of jobs whose view must be published, by time of the first change it lacks
--   P:owed                zset   J:N, the N-th ends of jobs that people must still be told of, by time of the next try
--   P:notice:J:N          hash   what is told: state, sentence, reason, advice, at; tries; way:<name> = what became of it
--   P:receiver:<way>      hash   failures in a row, until = when it is tried again
--   P:metrics             hash   JSON [name, labels, part] of a measurement = number
--   P:refusals            hash   why the front desk refused a message = how often
--   P:refused-at          hash   the same = when last (seconds)
--   P:events              stream field "event" = Event document
--   P:events:<artist>     stream the same, of this artist's jobs; its key stands in the record as artist_events
--   P:views:<artist>      hash   J = JobView document
-- Every script takes: KEYS[1] = P, ARGV[1] = J, ARGV[2] = now (seconds), ARGV[3] = now (ISO text).
local P, J, NOW, AT = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local JOB = P .. ':job:' .. J
local PASSES, TEXTURES = JOB .. ':passes', JOB .. ':textures'

local function count(name) return tonumber(redis.call('HGET', JOB, name) or '0') end

-- What people see of a job has changed: its view is to be published. A job without a record has none.
local function touch(job)
  local key = P .. ':job:' .. job
  if redis.call('EXISTS', key) == 0 then return end
  redis.call('HINCRBY', key, 'touches', 1)
  redis.call('ZADD', P .. ':dirty', 'NX', NOW, job)
end

-- MAXLEN keeps the streams bounded; a client that fell behind finds a gap in `sequence` and reads the record again.
local function tell(kind, sentence)
  local event = cjson.encode({
    schema_version = 1, sequence = redis.call('HINCRBY', JOB, 'sequence', 1), job_id = J, kind = kind,
    state = redis.call('HGET', JOB, 'state'), passes_total = count('passes_total'),
    passes_merged = count('passes_merged'), textures_total = count('textures_total'),
    textures_done = count('textures_done'), sentence = sentence, at = AT})
  redis.call('XADD', P .. ':events', 'MAXLEN', '~', 100000, '*', 'event', event)
  local own = redis.call('HGET', JOB, 'artist_events')
  if own then redis.call('XADD', own, 'MAXLEN', '~', 10000, '*', 'event', event) end
  redis.call('RPUSH', JOB .. ':history', event)
  redis.call('LTRIM', JOB .. ':history', -500, -1)
  touch(J)
end

-- One accepted change = one revision = one event, and a look at the next sweep.
local function emit(kind, sentence)
  redis.call('HINCRBY', JOB, 'revision', 1)
  redis.call('HSET', JOB, 'updated_at', NOW)
  redis.call('ZADD', P .. ':at:' .. redis.call('HGET', JOB, 'manager'), 'XX', NOW, J)
  tell(kind, sentence)
end

-- The sweep looks after the job from now on; its manager may have been forgotten since the job was here last.
local function look_after()
  local manager = redis.call('HGET', JOB, 'manager')
  redis.call('SADD', P .. ':managers', manager)
  redis.call('ZADD', P .. ':at:' .. manager, NOW, J)
end

-- Passes and textures are tied by the `needs` sets alone.
local function pass_is_merged(pass)
  redis.call('HINCRBY', JOB, 'passes_merged', 1)
  for index = 0, count('textures_total') - 1 do redis.call('SREM', JOB .. ':unmerged:' .. index, pass) end
end

local function pass_is_not_merged(pass)
  redis.call('HINCRBY', JOB, 'passes_merged', -1)
  for index = 0, count('textures_total') - 1 do
    if redis.call('SISMEMBER', JOB .. ':needs:' .. index, pass) == 1 then
      redis.call('SADD', JOB .. ':unmerged:' .. index, pass)
    end
  end
end

local function texture_begins_again(index)
  local old = redis.call('HGET', TEXTURES, index)
  if old == 'delivered' or old == 'beside' then redis.call('HINCRBY', JOB, 'textures_done', -1) end
  redis.call('HSET', TEXTURES, index, 'waiting')
  redis.call('HDEL', TEXTURES, index .. ':note', index .. ':attempts', index .. ':starts')
end

local function holds(what, token) return redis.call('HGET', JOB, 'fence:' .. what) == token end
