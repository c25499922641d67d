-- All of a job's fields, names and values in turn; while it is queued also its place, a delayed one last, and why its queue is paused.
local function snapshot(id)
  local name = 'noria:job:' .. id
  local found, f = redis.call('HGETALL', name), redis.call('HMGET', name, 'state', 'queue')
  if f[1] == 'queued' then
    local waiting = 'noria:waiting:' .. f[2]
    table.insert(found, 'queue_position')
    table.insert(found, string.format('%.0f', redis.call('ZRANK', waiting, id) or redis.call('ZCARD', waiting)))
    local paused = redis.call('HGET', 'noria:paused', f[2])
    if paused then
      table.insert(found, 'paused')
      table.insert(found, paused)
    end
  end
  return found
end
