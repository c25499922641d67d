-- ARGV: id, revision that the object store holds.
local id = ARGV[1]
local f = fields(id, 'revision', 'finished_at')
if f[1] == ARGV[2] and redis.call('ZREM', P .. 'unarchived', id) == 1 then redis.call('ZADD', P .. 'archived', f[2], id) end
