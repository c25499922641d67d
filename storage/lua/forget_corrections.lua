-- ARGV: model.  Forgets all corrections of a model, what is to review for it, and how it is retrained; it has no retrain under way and nothing pending.
local model = ARGV[1]
for _, id in ipairs(redis.call('ZRANGE', LIST .. ':model:' .. model, 0, -1)) do forget_correction(id) end
redis.call('DEL', P .. 'retrain:' .. model, P .. 'corrected:' .. model, P .. 'given_back:' .. model)
redis.call('DEL', P .. 'review:' .. model, P .. 'to_review:' .. model, P .. 'skipped:' .. model, P .. 'looking:' .. model)
