"""How jobs get in: a thin Flask API and the command line that speaks to it."""
