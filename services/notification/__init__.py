"""Notification owns the messages: who is told what, by which channel, and whether it arrived.

It promises that each message is sent once, that each sending has its outcome, and that nothing personal leaves it but to the addressee.
"""
