-- ARGV: lease_ms, 1 to spare leases, error for a job without attempts left, queues.  Gives requeued, failed, rewoken, started, to finish: five lists of ids.
local t = now()
local requeued, failed, rewoken, started, to_finish = {}, {}, {}, {}, {}

-- 1. Running without a live lease.
local expired = ARGV[2] == '1' and {} or redis.call('ZRANGE', P .. 'leases', '-inf', int(t), 'BYSCORE', 'LIMIT', 0, 100)
for _, id in ipairs(expired) do
  local f = fields(id, 'state', 'attempt', 'max_attempts', 'committed', 'cancel_requested')
  if f[1] ~= 'running' then
    redis.call('ZREM', P .. 'leases', id)
  elseif f[4] == '1' then
    table.insert(to_finish, id)
  elseif tonumber(f[2]) < tonumber(f[3]) or f[5] == '1' then
    requeue(id, 'lost', 0, true)
    table.insert(requeued, id)
  else
    close_attempt(id, 'lost')
    finish(id, 'running', 'failed', ARGV[3])
    table.insert(failed, id)
  end
end

-- 2. Delayed long enough.
for _, id in ipairs(redis.call('ZRANGE', P .. 'delayed', '-inf', int(t), 'BYSCORE', 'LIMIT', 0, 100)) do
  redis.call('ZREM', P .. 'delayed', id)
  local f = fields(id, 'state', 'kind', 'queue')
  if f[1] == 'queued' then
    enqueue(id, f[2], f[3])
    notify(id)
    table.insert(started, id)
  end
end

-- 3. First in line for longer than a lease, and no message among the next ones: Celery lost it (between BRPOP and its
--    table of unacknowledged messages, or with a killed worker). A message too many does no harm.
for i = 4, #ARGV do
  local queue = ARGV[i]
  local first = redis.call('ZRANGE', P .. 'waiting:' .. queue, 0, 49)
  local messages = #first > 0 and table.concat(redis.call('LRANGE', message_list(queue), -200, -1)) or ''
  for _, id in ipairs(first) do
    local f = fields(id, 'enqueued_at', 'kind')
    if t - tonumber(f[1]) > tonumber(ARGV[1]) and not string.find(messages, '"id":"' .. id .. '"', 1, true) then
      redis.call('HSET', key(id), 'enqueued_at', int(t))
      push_message(id, f[2], queue, redis.call('INCR', P .. 'sequence'), true)
      table.insert(rewoken, id)
    end
  end
end

-- 4. What a killed worker had taken, Celery holds until its visibility timeout of a month; of a job that has ended nobody needs it.
--    Its tags are those of push_message, "{job id}-{sequence}".
for _, tag in ipairs(redis.call('ZRANGE', 'unacked_index', 0, 99)) do
  local id = string.match(tag, '^(%x+)%-%d+$')
  local state = id and #id == 24 and (field(id, 'state') or 'forgotten')
  if state and state ~= 'queued' and state ~= 'running' then
    redis.call('HDEL', 'unacked', tag)
    redis.call('ZREM', 'unacked_index', tag)
  end
end
return { requeued, failed, rewoken, started, to_finish }
