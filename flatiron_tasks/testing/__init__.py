"""Stand-ins for what the pipeline talks to, as strict as the real thing; for our tests and for those of integrators."""
