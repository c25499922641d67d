-- ARGV: id, lease_ms.  Gives 1 if the committed job is the caller's to finish, else 0.
local id = ARGV[1]
local f = fields(id, 'state', 'committed')
local lease = redis.call('ZSCORE', P .. 'leases', id)
if f[1] ~= 'running' or f[2] ~= '1' or (lease and tonumber(lease) > now()) then return 0 end
redis.call('HINCRBY', key(id), 'fence', 1)
redis.call('HINCRBY', key(id), 'revision', 1)
redis.call('ZADD', P .. 'leases', int(now() + ARGV[2]), id)
return 1
