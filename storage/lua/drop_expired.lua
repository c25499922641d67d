-- ARGV: retention_ms, limit.  Gives how many jobs were forgotten.
local ids = redis.call('ZRANGE', P .. 'archived', '-inf', int(now() - ARGV[1]), 'BYSCORE', 'LIMIT', 0, ARGV[2])
for _, id in ipairs(ids) do
  local f = fields(id, 'kind', 'state', 'labels')
  redis.call('ZREM', P .. 'jobs', id)
  if f[1] then
    redis.call('ZREM', P .. 'jobs:kind:' .. f[1], id)
    redis.call('ZREM', P .. 'jobs:state:' .. f[2], id)
    for k, v in pairs(cjson.decode(f[3])) do redis.call('ZREM', P .. 'jobs:label:' .. k .. ':' .. v, id) end
  end
  redis.call('DEL', key(id), key(id) .. ':events')
  redis.call('ZREM', P .. 'archived', id)
end
return #ids
