-- ARGV: id.  Gives the job's fields, names and values in turn, with its place in the queue while it is queued; nothing if there is no such job.
return snapshot(ARGV[1])
