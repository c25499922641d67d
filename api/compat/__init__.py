"""The addresses of the two systems before Noria, in their old shapes: a second shape of the HTTP contract, not a second way."""
