-- ARGV: id, kind, state, finished_at, number of label keys, label keys, number of hash fields and values, these, then events
-- Gives 1, or 0 if the job is there.
local id = ARGV[1]
if redis.call('EXISTS', key(id)) == 1 then return 0 end
redis.call('ZADD', P .. 'jobs', 0, id)
redis.call('ZADD', P .. 'jobs:kind:' .. ARGV[2], 0, id)
redis.call('ZADD', P .. 'jobs:state:' .. ARGV[3], 0, id)
redis.call('ZADD', P .. 'archived', ARGV[4], id)
local at = 6
for _ = 1, tonumber(ARGV[5]) do
  redis.call('ZADD', P .. 'jobs:label:' .. ARGV[at], 0, id)
  at = at + 1
end
local last = at + tonumber(ARGV[at])
for i = at + 1, last, 2 do redis.call('HSET', key(id), ARGV[i], ARGV[i + 1]) end
for i = last + 1, #ARGV do redis.call('RPUSH', key(id) .. ':events', ARGV[i]) end
return 1
