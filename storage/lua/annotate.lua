-- ARGV: id, tracking.  Gives 1, or 0 if there is nothing to change.  Works in every state; an archived job has to be archived again.
local id = ARGV[1]
local f = fields(id, 'state', 'attempt', 'finished_at', 'tracking')
if not f[1] or f[4] == ARGV[2] then return 0 end
redis.call('HSET', key(id), 'tracking', ARGV[2])
note(id, 'tracking', f[2], ARGV[2], f[3])
return 1
