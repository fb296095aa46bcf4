"""What workflow decides: who may sign, and how a case goes from stage to stage until it is decided."""
