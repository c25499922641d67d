"""What a job is, and what each domain does with one. This room imports nothing but pydantic."""
