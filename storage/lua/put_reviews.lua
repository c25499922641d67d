-- ARGV: model, then an image and its look (JSON; '': none yet), and so on.  Gives how many of the images were not in the queue.
local model, fresh = ARGV[1], 0
for n = 2, #ARGV - 1, 2 do
  local image, look = ARGV[n], ARGV[n + 1]
  fresh = fresh + redis.call('HSETNX', P .. 'review:' .. model, image, look)
  if look ~= '' then redis.call('HSET', P .. 'review:' .. model, image, look) end
  review(model, image)
end
return fresh
