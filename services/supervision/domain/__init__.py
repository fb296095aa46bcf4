"""What supervision knows of a case: facts, the clocks that they make, and the warnings raised."""
