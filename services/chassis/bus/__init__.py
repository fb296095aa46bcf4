"""How events travel between services and to those outside: relayed, carried, heard once, kept as letters where they cannot be taken."""
