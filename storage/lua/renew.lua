-- ARGV: id, fence, lease_ms.  Gives '' | 'canceled' | 'lease_lost'. A lease that only ran out of time is made anew.
local id = ARGV[1]
if not holds(id, ARGV[2]) then return 'lease_lost' end
redis.call('ZADD', P .. 'leases', int(now() + ARGV[3]), id)
local f = fields(id, 'cancel_requested', 'committed')
return (f[1] == '1' and f[2] ~= '1') and 'canceled' or ''
