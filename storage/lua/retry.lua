-- ARGV: id.  Gives the state that the job was in, 'nothing' if no correction waits for the retrain, or nil if there is no job.
local id = ARGV[1]
local f = fields(id, 'state', 'kind', 'queue', 'retrains')
if f[1] ~= 'failed' and f[1] ~= 'canceled' then return f[1] end
if f[4] then
  if pending_count(f[4]) == 0 then return 'nothing' end
  redis.call('SADD', P .. 'retrains:' .. f[4], id)
end
redis.call('HDEL', key(id), 'error', 'result', 'finished_at', 'started_at', 'committed', 'models', 'artifacts', 'progress',
  'cancel_requested', 'moved', 'handed_back')
redis.call('HSET', key(id), 'attempt', 0)
redis.call('ZREM', P .. 'unarchived', id)
redis.call('ZREM', P .. 'archived', id)
set_state(id, f[1], 'queued')
enqueue(id, f[2], f[3])
state_event(id, 0, 'queued')
return f[1]
