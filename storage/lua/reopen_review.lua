-- ARGV: model, image.  The image is not skipped any more.
redis.call('SREM', P .. 'skipped:' .. ARGV[1], ARGV[2])
review(ARGV[1], ARGV[2])
