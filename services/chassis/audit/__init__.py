"""How the log of a service is held against what was taken away of it before (AUD-02)."""
