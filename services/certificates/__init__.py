"""Certificates owns the results: the documents made from decisions, their signatures, their handing over, and whether they are still in force.

It promises that a result in force never changes: it can be revoked, and whoever looks sees whether it is authentic, altered, expired or revoked.
"""
