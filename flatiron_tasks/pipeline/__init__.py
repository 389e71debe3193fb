"""Job plan, states, record, and what happens next."""
