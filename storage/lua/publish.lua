-- ARGV: id, fence, the latest progress or '', then pairs of event type and data.  Gives 1, or 0 for a lost lease.
local id = ARGV[1]
if not holds(id, ARGV[2]) then return 0 end
local attempt = field(id, 'attempt')
if ARGV[3] ~= '' then
  redis.call('HSET', key(id), 'progress', ARGV[3])
  redis.call('HINCRBY', key(id), 'revision', 1)
end
for i = 4, #ARGV, 2 do event(id, ARGV[i], attempt, ARGV[i + 1]) end
notify(id)
return 1
