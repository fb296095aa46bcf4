"""The five services of OneWindow, what they share (kernel, chassis), the embedded identity provider, and the operator's console."""
