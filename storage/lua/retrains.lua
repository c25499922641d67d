-- Corrections, and the retrains that claim them. Stands after common.lua.
--
-- A correction is pending; a retrain of its model claims all that are pending when it starts; they are used when it
-- succeeds, and pending again when it ends otherwise or has to try again. A retrain that lost its worker keeps its claim.

local LIST = P .. 'index:corrections'

local function correction(id) return P .. 'correction:' .. id end

local function pending_list(model) return LIST .. ':model:' .. model .. ':pending' end

local function pending_count(model) return redis.call('ZCARD', pending_list(model)) end

local function unlist(id, model, state)
  redis.call('ZREM', LIST .. ':state:' .. state, id)
  redis.call('ZREM', LIST .. ':model:' .. model .. ':' .. state, id)
end

local function set_correction(id, state, job)
  local f = redis.call('HMGET', correction(id), 'model', 'at', 'state')
  if f[3] then unlist(id, f[1], f[3]) end
  redis.call('HSET', correction(id), 'state', state, 'job', job)
  redis.call('ZADD', LIST, f[2], id)
  redis.call('ZADD', LIST .. ':state:' .. state, f[2], id)
  redis.call('ZADD', LIST .. ':model:' .. f[1], f[2], id)
  redis.call('ZADD', LIST .. ':model:' .. f[1] .. ':' .. state, f[2], id)
end

-- An image of the queue is to review again, unless it is skipped or has a correction. What was not looked at comes last.
local function review(model, image)
  local look = redis.call('HGET', P .. 'review:' .. model, image)
  if not look or redis.call('SISMEMBER', P .. 'skipped:' .. model, image) == 1 then return end
  if redis.call('HEXISTS', P .. 'corrected:' .. model, image) == 1 then return end
  redis.call('ZADD', P .. 'to_review:' .. model, look == '' and 2 or cjson.decode(look).sureness, image)
end

local function reviewed_by(model, image) return P .. 'reviewer:' .. model .. ':' .. image end

-- Give an image to a reviewer for so long, unless another has it. Gives who has it now.
local function hold(model, image, reviewer, lease_ms)
  local holder = redis.call('GET', reviewed_by(model, image)) or reviewer
  if holder == reviewer then redis.call('SET', reviewed_by(model, image), reviewer, 'PX', lease_ms) end
  return holder
end

-- A new correction's hash; it becomes the newest of its image. `previous`: the one whose place it takes, learned from or about to be.
local function make_correction(id, model, image, at)
  local previous = redis.call('HGET', P .. 'corrected:' .. model, image)
  redis.call('HSET', correction(id), 'model', model, 'image', image, 'at', at, 'previous', previous or '')
  redis.call('HSET', P .. 'corrected:' .. model, image, id)
  redis.call('ZREM', P .. 'to_review:' .. model, image)
  redis.call('SREM', P .. 'skipped:' .. model, image)
end

local function forget_correction(id)
  local f = redis.call('HMGET', correction(id), 'model', 'image', 'state', 'previous')
  unlist(id, f[1], f[3])
  redis.call('ZREM', LIST, id)
  redis.call('ZREM', LIST .. ':model:' .. f[1], id)
  redis.call('SREM', P .. 'given_back:' .. f[1], id)
  if redis.call('HGET', P .. 'corrected:' .. f[1], f[2]) == id then
    if f[4] and f[4] ~= '' and redis.call('EXISTS', correction(f[4])) == 1 then
      redis.call('HSET', P .. 'corrected:' .. f[1], f[2], f[4])
    else
      redis.call('HDEL', P .. 'corrected:' .. f[1], f[2])
      review(f[1], f[2])
    end
  end
  redis.call('DEL', correction(id))
end

-- Another correction counts in its place; its document is told later.
local function supersede(id)
  if redis.call('EXISTS', correction(id)) == 1 then forget_correction(id) end
  redis.call('SADD', P .. 'superseded', id)
end

local function under_way(model) return redis.call('SCARD', P .. 'retrains:' .. model) > 0 end

-- Whether the retrain may start; if another of its model has started and not ended, it waits for that one's end.
local function has_turn(id, model)
  local active = redis.call('HGET', P .. 'retrain:' .. model, 'active')
  if active and active ~= id then
    redis.call('ZADD', P .. 'parked:' .. model, 0, id)
    return false
  end
  redis.call('ZREM', P .. 'parked:' .. model, id)
  return true
end

-- The retrain starts: it has its turn to its end, and what is pending, unless it holds a claim from before.
local function claim(id, model)
  redis.call('HSET', P .. 'retrain:' .. model, 'active', id)
  if redis.call('EXISTS', P .. 'claim:' .. id) == 1 then return end
  for _, c in ipairs(redis.call('ZRANGE', pending_list(model), 0, -1)) do
    redis.call('ZADD', P .. 'claim:' .. id, redis.call('HGET', correction(c), 'at'), c)
    set_correction(c, 'claimed', id)
  end
  redis.call('DEL', P .. 'given_back:' .. model)
end

-- The retrain's claimed corrections are pending again, but for those whose image has a newer one. Gives those that are.
local function give_back(id, model)
  local given = {}
  for _, c in ipairs(redis.call('ZRANGE', P .. 'claim:' .. id, 0, -1)) do
    local image = redis.call('HGET', correction(c), 'image')
    local newest = redis.call('HGET', P .. 'corrected:' .. model, image)
    if newest and newest ~= c then
      supersede(c)
    else
      redis.call('HSET', P .. 'corrected:' .. model, image, c)
      redis.call('ZREM', P .. 'to_review:' .. model, image)
      set_correction(c, 'pending', '')
      table.insert(given, c)
    end
  end
  redis.call('DEL', P .. 'claim:' .. id)
  return given
end

local function start_retrain(id, model, request_id)
  local plan = redis.call('HMGET', P .. 'retrain:' .. model, 'kind', 'queue', 'params', 'max_attempts')
  create(id, plan[1], plan[2], plan[3], '{}', plan[4], request_id, model)
end

-- An id that sorts by time, as those made elsewhere do.
local function new_id()
  local t = now()
  return string.format('%06x%06x%012x', math.floor(t / 16777216), t % 16777216, redis.call('INCR', P .. 'sequence'))
end

retrain_tries_again = function(id)
  local model = field(id, 'retrains')
  if model then give_back(id, model) end
end

-- Keep what is pending from starting anything by itself, and say why.
local function block(id, model, given, reason)
  for _, c in ipairs(given) do redis.call('SADD', P .. 'given_back:' .. model, c) end
  local blocked = cjson.encode({ reason = reason, job = id, at = now() })
  redis.call('HSET', P .. 'retrain:' .. model, 'blocked', blocked)
end

-- The model's turn is free: for one that waits, else for a new one if enough corrections do.
local function next_retrain(model)
  local waiting = redis.call('ZRANGE', P .. 'parked:' .. model, 0, 0)[1]
  if waiting then
    redis.call('ZREM', P .. 'parked:' .. model, waiting)
    local f = fields(waiting, 'kind', 'queue')
    enqueue(waiting, f[1], f[2], true)
    return
  end
  local threshold = redis.call('HGET', P .. 'retrain:' .. model, 'threshold')
  local fresh = pending_count(model) - redis.call('SCARD', P .. 'given_back:' .. model)
  if threshold and not under_way(model) and fresh >= tonumber(threshold) then start_retrain(new_id(), model, '') end
end

retrain_ended = function(id, state, error)
  local model = field(id, 'retrains')
  if not model then return end
  redis.call('SREM', P .. 'retrains:' .. model, id)
  redis.call('ZREM', P .. 'parked:' .. model, id)
  local had_turn = redis.call('HGET', P .. 'retrain:' .. model, 'active') == id
  if had_turn then redis.call('HDEL', P .. 'retrain:' .. model, 'active') end
  if state == 'succeeded' then
    for _, c in ipairs(redis.call('ZRANGE', P .. 'claim:' .. id, 0, -1)) do set_correction(c, 'used', id) end
    redis.call('DEL', P .. 'claim:' .. id)
    redis.call('HDEL', P .. 'retrain:' .. model, 'blocked')
  else
    local given = give_back(id, model)
    -- One that never had a claim would have taken all that is pending.
    if #given == 0 and not under_way(model) then given = redis.call('ZRANGE', pending_list(model), 0, -1) end
    local reason = error and cjson.decode(error).message or 'The retrain was canceled.'
    if #given > 0 then block(id, model, given, reason) end
  end
  if had_turn then next_retrain(model) end
end
