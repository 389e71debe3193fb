"""`python -m workers.node`: the node program, unpacked."""

from __future__ import annotations

import sys

from workers.node.program import main

sys.exit(main())
