-- ARGV: queue.  Gives 1 if it was paused, else 0.
local queue = ARGV[1]
local was = redis.call('HDEL', P .. 'paused', queue)
-- What was set aside comes first: it goes to the right end, where Celery takes from.
if redis.call('EXISTS', queue) == 0 and redis.call('EXISTS', P .. 'held:' .. queue) == 1 then
  redis.call('RENAME', P .. 'held:' .. queue, queue)
else
  while redis.call('LMOVE', P .. 'held:' .. queue, queue, 'LEFT', 'RIGHT') do end
end
return was
