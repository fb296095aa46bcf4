"""Who is told what of a case: messages wait until the contact is known, are tried again with growing pauses, and are never sent twice (NOT-01)."""
