-- ARGV: id, kind, queue, params, labels, max_attempts, request_id, idempotency key or '', its life in s, body hash, queue limit, then label keys
-- Gives {'new', now} | {'replay', id} | {'reused', id} | {'full', waiting}
local id, kind, queue = ARGV[1], ARGV[2], ARGV[3]
if ARGV[8] ~= '' then
  local known = redis.call('GET', P .. 'idempotency:' .. ARGV[8])
  if known then
    local first, hash = string.match(known, '^(%S+) (.*)$')
    return { hash == ARGV[10] and 'replay' or 'reused', first }
  end
end
local waiting = redis.call('ZCARD', P .. 'waiting:' .. queue)
if waiting >= tonumber(ARGV[11]) then return { 'full', int(waiting) } end
local t = int(now())
redis.call('HSET', key(id), 'id', id, 'kind', kind, 'queue', queue, 'params', ARGV[4], 'labels', ARGV[5],
  'max_attempts', ARGV[6], 'request_id', ARGV[7], 'created_at', t, 'state', 'queued', 'revision', 0, 'attempt', 0, 'fence', 0)
redis.call('ZADD', P .. 'jobs', 0, id)
redis.call('ZADD', P .. 'jobs:kind:' .. kind, 0, id)
for i = 12, #ARGV do redis.call('ZADD', P .. 'jobs:label:' .. ARGV[i], 0, id) end
set_state(id, nil, 'queued')
enqueue(id, kind, queue)
state_event(id, 0, 'queued')
if ARGV[8] ~= '' then redis.call('SET', P .. 'idempotency:' .. ARGV[8], id .. ' ' .. ARGV[10], 'EX', ARGV[9]) end
return { 'new', t, int(waiting) }
