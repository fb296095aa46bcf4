"""Histories leave as event logs for process mining: XES (IEEE 1849) and OCEL 2.0 (AUD-04)."""
