-- ARGV: model, reviewer, lease_ms, image that the reviewer leaves or ''.  Gives the image that they have now, or nil.
local model, reviewer, after = ARGV[1], ARGV[2], ARGV[4]
local order = P .. 'to_review:' .. model
local place = redis.call('ZRANK', order, after) or -1
if redis.call('GET', reviewed_by(model, after)) == reviewer then redis.call('DEL', reviewed_by(model, after)) end

-- The first image of a part of the order that the reviewer can have. A person holds few, so few are passed over.
local function first(from, to)
  while from <= to do
    local images = redis.call('ZRANGE', order, from, math.min(from + 19, to))
    if #images == 0 then return nil end
    for _, image in ipairs(images) do
      if hold(model, image, reviewer, ARGV[3]) == reviewer then return image end
    end
    from = from + 20
  end
end

return first(place + 1, redis.call('ZCARD', order)) or first(0, place - 1)
