"""`prove-isolation`: attacks a copy of the product as a stranger would, and prints the result."""

from djplatform.isolation.prover import lines, prove

__all__ = ["lines", "prove"]
