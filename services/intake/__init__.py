"""Intake owns the catalogue of items, the applicants, and every application from its receipt until it is accepted or refused.

It promises that what is handed in is acknowledged at once by a numbered receipt, that a repeated submission gets the same one,
and that an application which nobody answers in time counts as accepted from the day it was received.
"""
