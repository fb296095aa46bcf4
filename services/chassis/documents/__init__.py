"""How documents are set."""
