"""Who carries jobs out: Celery workers, the lease they hold, and the reaper that loses nothing."""
