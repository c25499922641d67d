-- ARGV: model, image, reviewer, lease_ms.  Gives who has the image now.
return hold(ARGV[1], ARGV[2], ARGV[3], ARGV[4])
