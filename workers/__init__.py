"""The programs that run: the `flatiron` command, workers, node program, local farm, reference renderer."""
