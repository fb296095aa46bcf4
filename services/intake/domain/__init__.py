"""What intake decides: which items are offered, who applies, and whether an application is received, corrected, accepted or refused."""
