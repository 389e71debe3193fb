"""Preflight: every check fires where it should and only there; fixes mend; UV coverage is exact; probes keep time."""
