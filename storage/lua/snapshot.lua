-- All of a job's fields, names and values in turn, and its place in the queue while it is queued; a delayed one comes last.
local function snapshot(id)
  local name = 'noria:job:' .. id
  local found, f = redis.call('HGETALL', name), redis.call('HMGET', name, 'state', 'queue')
  if f[1] == 'queued' then
    local waiting = 'noria:waiting:' .. f[2]
    table.insert(found, 'queue_position')
    table.insert(found, string.format('%.0f', redis.call('ZRANK', waiting, id) or redis.call('ZCARD', waiting)))
  end
  return found
end
