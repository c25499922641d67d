-- The Redis key map. Every key that Noria owns starts with `noria:`; the lists cpu, cpu.fast, gpu, gpu.fast are Celery's.
--
--   noria:job:{id}            hash    one job: the fields of jobs/record.py, JSON where they are structured, and
--                                     enqueued_at, waits_since, handed_back, worker, acquired_at, closed (ended attempts, JSON without brackets)
--   noria:job:{id}:events     list    what happened to it: "{ms} {attempt} {type} {data}"; an event's id is its place, from 1
--                                     (a stream would cost 4 KiB a job); events_dropped of the hash counts those cut off
--   noria:jobs                zset    every job id, score 0: ids sort by time
--   noria:jobs:kind:{kind}    zset    the same, by kind
--   noria:jobs:state:{state}  zset    the same, by state
--   noria:jobs:label:{k}:{v}  zset    the same, by label
--   noria:waiting:{queue}     zset    queued jobs in the order in which they will start
--   noria:paused              hash    paused queue → why and since when, JSON
--   noria:held:{queue}        list    the messages of a paused queue, kept out of Celery's sight
--   noria:delayed             zset    queued jobs that wait for their next attempt, by due time
--   noria:leases              zset    running jobs by the end of their lease
--   noria:unarchived          zset    ended jobs that the object store does not hold yet, by end
--   noria:archived            zset    ended jobs that it holds, by end
--   noria:idempotency:{key}   string  "{job id} {hash of the body}", expires
--   noria:counts              hash    what happened since ever, by kind: see storage/counts.py
--   noria:sequence            int     orders the waiting
--   noria:workers             set     workers that reported;  noria:worker:{name}  string  their health, expires
--   noria:leader:{duty}       string  who does a duty that one is enough for, expires
--   noria:index:{collection}  zset    ids of documents in the object store
--   noria:index:corrections   zset    ids of corrections by arrival; :state:{s}, :model:{m} and :model:{m}:{s} hold a part of them;
--                                     :model:{m}:pending is what the model's next retrain claims
--   noria:correction:{id}     hash    model, image, at, state, job (the retrain that claimed it), previous (the one of its image before)
--   noria:corrected:{model}   hash    image → its newest correction
--   noria:arriving            zset    ids of corrections whose document is being written, by time
--   noria:superseded          set     ids of corrections that another took the place of; their documents do not say so yet
--   noria:given_back:{model}  set     pending corrections of a retrain that failed: they start nothing by themselves
--   noria:retrain:{model}     hash    how to start a retrain of the model (kind, queue, params, max_attempts, threshold), active
--                                     (the retrain whose turn it is, from its first start to its end), blocked (JSON)
--   noria:retrains:{model}    set     retrains of the model that have not ended
--   noria:parked:{model}      zset    those that wait for the active one to end, by id
--   noria:claim:{job}         zset    the corrections that a retrain claimed, by arrival
--   noria:review:{model}      hash    image of the model's review queue → the last look at it (JSON), '' before the first
--   noria:to_review:{model}   zset    those without a correction and not skipped, by how sure the model was, unseen ones last
--   noria:skipped:{model}     set     those that are skipped
--   noria:looking:{model}     set     predictions whose answers are to order the queue
--   noria:reviewer:{model}:{image}  string  who reviews the image now, expires
--   noria:callbacks           zset    deliveries that are owed, by when the next try is due (while one is tried: by the end of its lease)
--   noria:callback:{delivery} hash    the job as it stood at that end, and tries
--   noria:changes             channel the id of each job that changed
--   noria:keys                channel says that API keys were made or revoked
--   noria:bucket:{name}       hash    tokens of a rate limit: tokens, at; expires when it is full again
--
-- All times are epoch milliseconds of the server's clock: one clock decides about leases.

local P = 'noria:'
local EVENTS_MAX = 20000

local time  -- a script's clock stands still, so it is asked once; the next script has to forget it

local function forget_time() time = nil end

local function now()
  if not time then
    local t = redis.call('TIME')
    time = t[1] * 1000 + math.floor(t[2] / 1000)
  end
  return time
end

local function int(n) return string.format('%.0f', n) end

local function key(id) return P .. 'job:' .. id end

local function field(id, name) return redis.call('HGET', key(id), name) end

local function fields(id, ...)
  return redis.call('HMGET', key(id), ...)
end

local function count(name, by) redis.call('HINCRBY', P .. 'counts', name, by or 1) end

local function notify(id) redis.call('PUBLISH', P .. 'changes', id) end

local function event(id, kind, attempt, data)
  local length = redis.call('RPUSH', key(id) .. ':events', int(now()) .. ' ' .. attempt .. ' ' .. kind .. ' ' .. data)
  if length > EVENTS_MAX then
    redis.call('LTRIM', key(id) .. ':events', EVENTS_MAX / 10, -1)
    redis.call('HINCRBY', key(id), 'events_dropped', EVENTS_MAX / 10)
  end
end

-- A protocol-2 Celery message whose only argument is the job's id; tests hold it against Celery's own.
local ENVELOPE = '{"body":"[[\\"%ID%\\"],{},{\\"callbacks\\":null,\\"errbacks\\":null,\\"chain\\":null,\\"chord\\":null}]",' ..
  '"content-encoding":"utf-8","content-type":"application/json","headers":{"lang":"py","task":"%KIND%","id":"%ID%",' ..
  '"shadow":null,"eta":null,"expires":null,"group":null,"group_index":null,"retries":0,"timelimit":[null,null],' ..
  '"root_id":"%ID%","parent_id":null,"argsrepr":"(\'%ID%\',)","kwargsrepr":"{}","origin":"noria","ignore_result":true,' ..
  '"replaced_task_nesting":0,"stamped_headers":null,"stamps":{}},"properties":{"correlation_id":"%ID%","reply_to":"",' ..
  '"delivery_mode":2,"delivery_info":{"exchange":"","routing_key":"%QUEUE%"},"priority":0,"delivery_tag":"%TAG%"}}'

-- Where the messages of a queue are: in Celery's list, or aside while the queue is paused.
local function message_list(queue)
  return redis.call('HEXISTS', P .. 'paused', queue) == 1 and P .. 'held:' .. queue or queue
end

-- `number`: one that no other message has. `front`: ahead of all that waits. Celery takes from the right end of the list.
local function push_message(id, kind, queue, number, front)
  local values = { ID = id, KIND = kind, QUEUE = queue, TAG = id .. '-' .. int(number) }
  local message = string.gsub(ENVELOPE, '%%(%u+)%%', values)
  redis.call(front and 'RPUSH' or 'LPUSH', message_list(queue), message)
end

local function enqueue(id, kind, queue, front)
  local place = redis.call('INCR', P .. 'sequence')
  redis.call('ZADD', P .. 'waiting:' .. queue, front and -place or place, id)
  redis.call('HSET', key(id), 'enqueued_at', int(now()), 'waits_since', int(now()))
  push_message(id, kind, queue, place, front)
end

local function set_state(id, old, new)
  redis.call('ZREM', P .. 'jobs:state:' .. old, id)
  redis.call('ZADD', P .. 'jobs:state:' .. new, 0, id)
  redis.call('HSET', key(id), 'state', new)
  redis.call('HINCRBY', key(id), 'revision', 1)
end

local function state_event(id, attempt, state, error)
  event(id, 'state', attempt, '{"state":"' .. state .. '"' .. (error and (',"error":' .. error) or '') .. '}')
  notify(id)
end

-- Upper bounds of the classes of run times, in seconds; storage/counts.py has the same.
local CLASSES = { 0.1, 1, 5, 30, 60, 300, 1800, 3600, 14400 }

local function count_run(kind, ms, outcome)
  local class = '+Inf'
  for i = #CLASSES, 1, -1 do
    if ms <= CLASSES[i] * 1000 then class = tostring(CLASSES[i]) end
  end
  count('runs|' .. kind .. '|' .. class)
  count('run_ms|' .. kind, int(ms))
  if outcome == 'lost' then count('lost|' .. kind) end
end

-- An event that may come in every state; an archived job has to be archived again.
local function note(id, kind, attempt, data, finished_at)
  redis.call('HINCRBY', key(id), 'revision', 1)
  if finished_at and redis.call('ZREM', P .. 'archived', id) == 1 then
    redis.call('ZADD', P .. 'unarchived', finished_at, id)
  end
  event(id, kind, attempt, data)
  notify(id)
end

-- Close the open attempt, if there is one, with its outcome.
local function close_attempt(id, outcome)
  local f = fields(id, 'worker', 'attempt', 'attempt_fence', 'acquired_at', 'closed', 'kind')
  if not f[1] then return end
  count_run(f[6], now() - f[4], outcome)
  local entry = string.format('{"attempt":%s,"fence":%s,"worker":%s,"started_at":%s,"ended_at":%s,"outcome":"%s"}',
    f[2], f[3], cjson.encode(f[1]), f[4], int(now()), outcome)
  redis.call('HSET', key(id), 'closed', (f[5] and f[5] ~= '') and (f[5] .. ',' .. entry) or entry)
  redis.call('HDEL', key(id), 'worker', 'acquired_at', 'attempt_fence')
end

-- Whether `fence` holds the running job.
local function holds(id, fence)
  local f = fields(id, 'state', 'fence')
  return f[1] == 'running' and f[2] == fence
end

-- What an end, and a try that is to be repeated, mean for a retrain; retrains.lua defines both.
local retrain_ended, retrain_tries_again

-- A new job, queued, with its message and its first event. `model`: the one that it retrains, or ''. `callback_url`: or nil, or ''.
local function create(id, kind, queue, params, labels, max_attempts, request_id, model, callback_url)
  redis.call('HSET', key(id), 'id', id, 'kind', kind, 'queue', queue, 'params', params, 'labels', labels,
    'max_attempts', max_attempts, 'request_id', request_id, 'created_at', int(now()), 'state', 'queued', 'revision', 1,
    'attempt', 0, 'fence', 0)
  redis.call('ZADD', P .. 'jobs', 0, id)
  redis.call('ZADD', P .. 'jobs:kind:' .. kind, 0, id)
  if model ~= '' then
    redis.call('HSET', key(id), 'retrains', model)
    redis.call('SADD', P .. 'retrains:' .. model, id)
  end
  if callback_url and callback_url ~= '' then redis.call('HSET', key(id), 'callback_url', callback_url) end
  redis.call('ZADD', P .. 'jobs:state:queued', 0, id)
  enqueue(id, kind, queue)
  state_event(id, 0, 'queued')
end

-- The job is at an end that its callback_url has to hear of. The revision tells the ends of a retried job apart.
local function owe_callback(id, due)
  local delivery = id .. '-' .. field(id, 'revision')
  redis.call('COPY', key(id), P .. 'callback:' .. delivery)
  redis.call('ZADD', P .. 'callbacks', due, delivery)
end

-- The job has ended, from whatever state.
local function finish(id, old, state, error)
  redis.call('ZREM', P .. 'leases', id)
  count('ended|' .. field(id, 'kind') .. '|' .. state)
  local t = int(now())
  redis.call('HSET', key(id), 'finished_at', t)
  if error then redis.call('HSET', key(id), 'error', error) end
  set_state(id, old, state)
  redis.call('ZADD', P .. 'unarchived', t, id)
  local f = fields(id, 'attempt', 'callback_url')
  state_event(id, f[1], state, error)
  retrain_ended(id, state, error)
  if f[2] then owe_callback(id, t) end
end

-- running → queued, or canceled if somebody asked for that meanwhile. `delay_ms` 0: at once.
local function requeue(id, outcome, delay_ms, front, error)
  close_attempt(id, outcome)
  local f = fields(id, 'kind', 'queue', 'attempt', 'cancel_requested')
  if f[4] == '1' then return finish(id, 'running', 'canceled') end
  if outcome == 'retried' then retrain_tries_again(id) end
  redis.call('ZREM', P .. 'leases', id)
  set_state(id, 'running', 'queued')
  if delay_ms > 0 then
    redis.call('ZADD', P .. 'delayed', int(now() + delay_ms), id)
  else
    enqueue(id, f[1], f[2], front)
  end
  state_event(id, f[3], 'queued', error)
end
