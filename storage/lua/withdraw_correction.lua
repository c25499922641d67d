-- ARGV: id.  Gives the state that the correction was in, or nil if there is none. Only a pending one is forgotten.
local state = redis.call('HGET', correction(ARGV[1]), 'state')
if state == 'pending' then forget_correction(ARGV[1]) end
return state
