"""Fast ways to compute some layers: which fits, what it keeps of the weights, and the calls that it makes."""
