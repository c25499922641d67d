-- ARGV: id, fence, state, result or '', error or '', delay_ms, artifacts or ''.  Gives the job as get.lua does, or nothing for a lost lease.
local id, state = ARGV[1], ARGV[3]
if not holds(id, ARGV[2]) then
  -- The same move, sent again because its answer was lost.
  local f = fields(id, 'fence', 'moved')
  return (f[1] == ARGV[2] and f[2] == ARGV[2] .. ' ' .. state) and snapshot(id) or {}
end
-- A committed job can only succeed.
if state ~= 'succeeded' and field(id, 'committed') == '1' then return {} end
redis.call('HSET', key(id), 'moved', ARGV[2] .. ' ' .. state)
local error = ARGV[5] ~= '' and ARGV[5] or nil
if ARGV[4] ~= '' then redis.call('HSET', key(id), 'result', ARGV[4]) end
if ARGV[7] ~= '' then redis.call('HSET', key(id), 'artifacts', ARGV[7]) end
if state == 'queued' then
  local f = fields(id, 'attempt', 'max_attempts')
  if tonumber(f[1]) < tonumber(f[2]) then
    requeue(id, 'retried', tonumber(ARGV[6]), false, error)
    return snapshot(id)
  end
  state = 'failed'
end
close_attempt(id, state)
if state == 'succeeded' then redis.call('HSET', key(id), 'progress', '{"fraction":1.0,"stage":"done","message":null}') end
finish(id, 'running', state, error)
return snapshot(id)
