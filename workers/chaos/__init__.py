"""The chaos kit: a private stack of real processes, a seeded schedule of faults, and a checker of its own.

Faults strike at real seams (process, socket, libc, mount); nothing of the pipeline is patched. What is below `checker`
imports nothing of the pipeline: it reads Redis, files and processes with its own code.
"""
