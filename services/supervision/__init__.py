"""Supervision owns what is seen of every case: the facts heard from all services, and the lights and cards that they give rise to.

It learns everything from the others' public events and calls none of them. It promises that its state depends on what happened and
not on the order in which it heard of it, and that each warning says by which rule, on which evidence and as of when.
"""
