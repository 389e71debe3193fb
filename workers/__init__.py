"""The programs that run: the `flatiron` command, worker roles, the node program, the local farm, the reference renderer."""
