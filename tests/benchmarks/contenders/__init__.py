"""Python contenders, one per module: `prepare(request)` imports and warms up, and returns the call that is timed."""
