-- ARGV: id, worker, lease_ms, error if there are no attempts left.  Gives the job's fields if it is the caller's to run, else nothing.
local id = ARGV[1]
local f = fields(id, 'state', 'attempt', 'max_attempts', 'handed_back', 'queue', 'started_at', 'retrains', 'kind')
if f[1] ~= 'queued' or redis.call('ZSCORE', P .. 'delayed', id) then return {} end
if redis.call('HEXISTS', P .. 'paused', f[5]) == 1 then
  push_message(id, f[8], f[5], redis.call('INCR', P .. 'sequence'), true)
  return {}
end
redis.call('ZREM', P .. 'waiting:' .. f[5], id)
if f[7] and not has_turn(id, f[7]) then return {} end
local attempt = tonumber(f[2]) + (f[4] == '1' and 0 or 1)
if attempt > tonumber(f[3]) then
  finish(id, 'queued', 'failed', ARGV[4])
  return {}
end
if f[7] then claim(id, f[7]) end
local t = now()
local fence = redis.call('HINCRBY', key(id), 'fence', 1)
redis.call('HSET', key(id), 'attempt', attempt, 'worker', ARGV[2], 'acquired_at', int(t), 'attempt_fence', fence,
  'started_at', f[6] or int(t))
redis.call('HDEL', key(id), 'handed_back', 'progress', 'error')
redis.call('ZADD', P .. 'leases', int(t + ARGV[3]), id)
count('attempts|' .. f[8])
set_state(id, 'queued', 'running')
state_event(id, attempt, 'running')
return redis.call('HGETALL', key(id))
