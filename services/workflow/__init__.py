"""Workflow owns the officers' authority and every case from acceptance to decision: stages, opinions, roll-backs, stops, extensions.

It promises that each signature is given by a named officer who holds the authority for it, that nothing of a case's history is lost,
and that the clock is stopped by nothing but the special procedures which the item allows.
"""
