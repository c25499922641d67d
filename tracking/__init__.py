"""What was learned: runs and models in MLflow, by way of a local spool that never blocks a job."""
