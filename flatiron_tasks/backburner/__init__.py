"""Autodesk Backburner: wire codec, client, cmdjob, the farm port."""
