"""The operator's room: the command line, the composition of all services in one process, and the simulated month."""
