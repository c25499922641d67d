"""The workers' app with a visibility timeout of one second: Celery then believes a long job's message lost."""

from workers.app import app

app.conf.broker_transport_options |= {"visibility_timeout": 1, "unacked_restore_interval": 0.5, "unacked_restore_throttle": 1}
