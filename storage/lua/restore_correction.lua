-- ARGV: id, model, image, at, job that used it or ''.  Gives 1, or 0 if the correction is known. Starts nothing.
local id, model, image, job = ARGV[1], ARGV[2], ARGV[3], ARGV[5]
if redis.call('EXISTS', correction(id)) == 1 then return 0 end
local newest = redis.call('HGET', P .. 'corrected:' .. model, image)
if newest and newest > id then
  if job == '' then
    supersede(id)
    return 0
  end
  make_correction(id, model, image, ARGV[4])
  redis.call('HSET', P .. 'corrected:' .. model, image, newest)
else
  if newest and redis.call('HGET', correction(newest), 'state') == 'pending' then supersede(newest) end
  make_correction(id, model, image, ARGV[4])
end
set_correction(id, job == '' and 'pending' or 'used', job)
return 1
