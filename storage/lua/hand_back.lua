-- ARGV: id, fence.  Gives 1, or 0 for a lost lease.
local id = ARGV[1]
if not holds(id, ARGV[2]) then
  local f = fields(id, 'fence', 'handed_back')
  return (f[1] == ARGV[2] and f[2] == '1') and 1 or 0
end
-- A committed job can only succeed: whoever takes it over publishes what it made, and nobody runs it again.
if field(id, 'committed') == '1' then return 0 end
redis.call('HSET', key(id), 'handed_back', 1)
requeue(id, 'handed_back', 0, true)
return 1
