"""The two scripts that the node program writes for 3ds Max. They never change: every value comes from variables.

A path in the text of a script would have to be quoted twice, and one that ends in a backslash would swallow its quote.
"""

from __future__ import annotations

PROGRAM_VARIABLE = "FLATIRON_PROGRAM"
"""node.pyz, or the folder above our packages: what Python puts on its path."""
TASK_VARIABLE = "FLATIRON_TASK"
BAKE_SCRIPT_VARIABLE = "FLATIRON_BAKE_SCRIPT"
SCENE_IS_OPEN_VARIABLE = "FLATIRON_SCENE_IS_OPEN"

BAKE_SCRIPT = f'''\
"""Bakes one task of Flatiron inside 3ds Max. Written by the node program for one attempt."""

import os
import sys

sys.path.insert(0, os.environ["{PROGRAM_VARIABLE}"])

from workers.node.max_bake.main import main

main()
'''

PRE_RENDER_SCRIPT = f"""\
-- Bakes one task of Flatiron before 3dsmaxcmd renders. Written by the node program for one attempt.
(
    local script = systemTools.getEnvVariable "{BAKE_SCRIPT_VARIABLE}"
    try
    (
        if script == undefined do throw "{BAKE_SCRIPT_VARIABLE} is not set"
        python.ExecuteFile script
    )
    catch
    (
        logsystem.logEntry ("flatiron: " + (getCurrentException())) error:true broadcast:true
    )
)
"""
