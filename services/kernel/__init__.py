"""The pure domain that all services share: calendar, lawful clock, identity numbers, actors, process definitions. No I/O."""
