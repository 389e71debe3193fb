"""Queues by cost class: a long merge must never stand in front of the sweep; artists may write to one queue only."""

FRONT_DESK = "flatiron.front-desk"
"""The only queue that artists' accounts write to; its workers know its few tasks and check everything."""

DISPATCH = "flatiron.dispatch"
"""Talks to farm managers: seconds."""

POLL = "flatiron.poll"
"""The sweep: short, and the safety net of all others."""

MERGE = "flatiron.merge"
"""Verifies and merges passes: processor and share."""

DELIVER = "flatiron.deliver"
"""Composes and delivers textures: processor and share."""

QUEUES = (FRONT_DESK, DISPATCH, POLL, MERGE, DELIVER)
