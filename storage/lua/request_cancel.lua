-- ARGV: id.  Gives the state that the job was in, or nil if there is none.
local id = ARGV[1]
local f = fields(id, 'state', 'queue')
if not f[1] then return nil end
if f[1] == 'queued' then
  redis.call('ZREM', P .. 'waiting:' .. f[2], id)
  redis.call('ZREM', P .. 'delayed', id)
  redis.call('HSET', key(id), 'cancel_requested', 1)
  finish(id, 'queued', 'canceled')
elseif f[1] == 'running' and field(id, 'cancel_requested') ~= '1' then
  redis.call('HSET', key(id), 'cancel_requested', 1)
  redis.call('HINCRBY', key(id), 'revision', 1)
  notify(id)
end
return f[1]
