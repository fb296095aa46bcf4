"""The real parts as plain processes of one machine, without containers: Kafka from its published jars, PostgreSQL from Debian's packages."""
