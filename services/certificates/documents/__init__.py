"""Result documents: set with Typst, digested, signed, and checked, by pure functions."""
