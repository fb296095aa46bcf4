"""A simulated month of a district, played through the HTTP API: several hundred applications, and officers who are fast, slow, and wrong."""
