-- ARGV: delivery, its job's id, delay_ms to the next try or '' if there is none, data of the event.
-- Gives 1, or 0 if the delivery was settled before.
local delivery, id = ARGV[1], ARGV[2]
if not redis.call('ZSCORE', P .. 'callbacks', delivery) then return 0 end
if ARGV[3] ~= '' then
  redis.call('ZADD', P .. 'callbacks', int(now() + ARGV[3]), delivery)
else
  redis.call('ZREM', P .. 'callbacks', delivery)
  redis.call('DEL', P .. 'callback:' .. delivery)
end
local f = fields(id, 'attempt', 'finished_at')
if f[1] then note(id, 'log', f[1], ARGV[4], f[2]) end
return 1
