"""How Noria is started on one machine: the whole stack under supervisor, and the demo."""
