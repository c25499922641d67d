-- ARGV: id, fence, result, artifacts, models.  Gives 1, or 0 for a lost lease.
local id = ARGV[1]
if not holds(id, ARGV[2]) then return 0 end
redis.call('HSET', key(id), 'result', ARGV[3], 'artifacts', ARGV[4], 'models', ARGV[5], 'committed', 1)
redis.call('HINCRBY', key(id), 'revision', 1)
notify(id)
return 1
