"""Vision: object detectors that are trained on boxes, and find them."""
