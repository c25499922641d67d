"""The one list of exceptions to the rules that these tests keep. Each has its reason, and goes when its reason goes.

A test fails for an entry that is no longer needed, so the list cannot grow stale.
"""

# Module → why it is longer than 400 lines (never more than 450).
LONG_MODULES: dict[str, str] = {}

# "module:function" → why it is longer than 50 lines.
LONG_FUNCTIONS: dict[str, str] = {}

# Module → why it may import by name at run time (importlib), or inside a function.
LATE_IMPORTS: dict[str, str] = {
    "api/cli.py": "the noria command finds the commands of other rooms by entry point, so that the API imports none of them",
    "deploy/docs.py": "the page of the noria command shows the commands that join by entry point",
    "jobs/catalog.py": "the registration line names a domain's module as text",
    "jobs/kind.py": "a kind's run function is loaded by the worker on first use, so that the API never imports its libraries",
    "tracking/registry.py": "the library of a flavor is imported by the process that builds such a model, on first use",
}

# Module → why it touches os.environ itself.
ENVIRONMENT: dict[str, str] = {
    "api/metrics_folder.py": "prometheus-client takes the folder that its processes share from the environment alone",
    "jobs/settings.py": "the one reader",
    "jobs/vision/library.py": "Ultralytics reads the environment as it is imported; this writes what it has to find there",
    "tracking/environment.py": "MLflow reads the environment by itself; this writes what it has to find there",
}

# "module:class" → why an error class stands outside of jobs/errors.py.
ERRORS_ELSEWHERE: dict[str, str] = {
    "storage/inspection.py:InspectionFailed": "a DatasetUnusable that storage alone tells apart: not the file's own fault",
}

# Module → why no tests/<room>/test_<module>.py mirrors it.
WITHOUT_MIRROR: dict[str, str] = {
    "storage/memory_callbacks.py": "a part of memory_jobs.py; the contract suite tests/storage/test_callback_queue.py runs on it",
    "storage/memory_gate.py": "a part of memory_jobs.py; the contract suite tests/storage/test_gate.py runs on it",
    "storage/memory_index.py": "a part of memory_jobs.py; tests/storage/test_index.py runs on it",
    "storage/memory_jobs.py": "the contract suite tests/storage/test_job_store.py runs on it",
    "storage/memory_retrains.py": "a part of memory_jobs.py; the contract suite tests/storage/test_retrain_queue.py runs on it",
    "storage/memory_reviews.py": "a part of memory_jobs.py; the contract suite tests/storage/test_review_queue.py runs on it",
    "storage/memory_queues.py": "a part of memory_jobs.py; the contract suite tests/storage/test_queues.py runs on it",
    "storage/object_store.py": "a protocol; tested through storage/objects.py",
    "storage/redis_queues.py": "a part of redis_jobs.py; the contract suite tests/storage/test_queues.py runs on it",
    "storage/redis_callbacks.py": "a part of redis_jobs.py; the contract suite tests/storage/test_callback_queue.py runs on it",
    "storage/redis_gate.py": "a part of redis_jobs.py; the contract suite tests/storage/test_gate.py runs on it",
    "storage/redis_reviews.py": "a part of redis_jobs.py; the contract suite tests/storage/test_review_queue.py runs on it",
    "storage/redis_retrains.py": "a part of redis_jobs.py; the contract suite tests/storage/test_retrain_queue.py runs on it",
}
