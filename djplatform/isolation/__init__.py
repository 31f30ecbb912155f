"""`prove-isolation`: attacks a copy of the product as a stranger would, and prints the result."""
