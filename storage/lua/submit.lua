-- ARGV: id, kind, queue, params, labels, max_attempts, request_id, idempotency key or '', its life in s, body hash, queue limit, model to retrain or '', callback URL or '', then label keys
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
for i = 14, #ARGV do redis.call('ZADD', P .. 'jobs:label:' .. ARGV[i], 0, id) end
create(id, kind, queue, ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[12], ARGV[13])
if ARGV[8] ~= '' then redis.call('SET', P .. 'idempotency:' .. ARGV[8], id .. ' ' .. ARGV[10], 'EX', ARGV[9]) end
return { 'new', field(id, 'created_at'), int(waiting) }
