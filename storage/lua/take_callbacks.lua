-- ARGV: lease_ms, limit.  Gives pairs of a delivery that is due and its hash. Nobody else is given it until the lease is over.
local taken = {}
for _, delivery in ipairs(redis.call('ZRANGE', P .. 'callbacks', '-inf', int(now()), 'BYSCORE', 'LIMIT', 0, ARGV[2])) do
  redis.call('ZADD', P .. 'callbacks', int(now() + ARGV[1]), delivery)
  redis.call('HINCRBY', P .. 'callback:' .. delivery, 'tries', 1)
  table.insert(taken, delivery)
  table.insert(taken, redis.call('HGETALL', P .. 'callback:' .. delivery))
end
return taken
