-- ARGV: id, model, image, at, 1 if it comes late, kind, queue, params, max_attempts, threshold, id for a retrain, request_id,
--   correction whose place it may take: an id, '' if the image may have none, * for any
-- Gives {1 if it counts | 0 if a newer one does, pending, retrain that it started or '', correction that it replaced or ''}
local id, model, image = ARGV[1], ARGV[2], ARGV[3]
redis.call('ZREM', P .. 'arriving', id)
-- The same again, because its answer was lost.
if redis.call('EXISTS', correction(id)) == 1 then return { 1, pending_count(model), '', '' } end
local newest = redis.call('HGET', P .. 'corrected:' .. model, image)
local outdated = ARGV[5] == '1' and newest and newest > id or ARGV[13] ~= '*' and ARGV[13] ~= (newest or '')
if outdated or redis.call('SISMEMBER', P .. 'superseded', id) == 1 then
  supersede(id)
  return { 0, pending_count(model), '', '' }
end
local replaced = ''
if newest and redis.call('HGET', correction(newest), 'state') == 'pending' then
  supersede(newest)
  replaced = newest
end
make_correction(id, model, image, ARGV[4])
set_correction(id, 'pending', '')
redis.call('HSET', P .. 'retrain:' .. model, 'kind', ARGV[6], 'queue', ARGV[7], 'params', ARGV[8], 'max_attempts', ARGV[9],
  'threshold', ARGV[10])
local pending, started = pending_count(model), ''
if pending >= tonumber(ARGV[10]) and not under_way(model) then
  started = ARGV[11]
  start_retrain(started, model, ARGV[12])
end
return { 1, pending, started, replaced }
