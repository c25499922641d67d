-- ARGV: queue, reason.
local queue = ARGV[1]
local known = redis.call('HGET', P .. 'paused', queue)
local since = known and cjson.decode(known).since or now()
redis.call('HSET', P .. 'paused', queue, '{"reason":' .. cjson.encode(ARGV[2]) .. ',"since":' .. int(since) .. '}')
-- What was set aside before comes first, so these go to its left end.
if redis.call('EXISTS', queue) == 1 then
  if redis.call('EXISTS', P .. 'held:' .. queue) == 0 then
    redis.call('RENAME', queue, P .. 'held:' .. queue)
  else
    while redis.call('LMOVE', queue, P .. 'held:' .. queue, 'RIGHT', 'LEFT') do end
  end
end
