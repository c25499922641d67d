-- ARGV: bucket, tokens that come in a second, most that lie in it, tokens wanted
-- Gives {granted, ms until the next token (0 if any was granted)}
local name, rate, burst = P .. 'bucket:' .. ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local t = now()
local known = redis.call('HMGET', name, 'tokens', 'at')
local tokens = burst
if known[1] then tokens = math.min(burst, tonumber(known[1]) + math.max(0, t - tonumber(known[2])) / 1000 * rate) end
local granted = math.min(tonumber(ARGV[4]), math.floor(tokens))
tokens = tokens - granted
redis.call('HSET', name, 'tokens', string.format('%.6f', tokens), 'at', int(t))
redis.call('PEXPIRE', name, int(math.ceil((burst - tokens) / rate * 1000) + 1000))
local wait = 0
if granted == 0 then wait = math.ceil((1 - tokens) / rate * 1000) end
return { int(granted), int(wait) }
