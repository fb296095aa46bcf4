"""Services connected by Apache Kafka: a topic for each service, a partition for each lane, and a group of readers for each service that hears."""
