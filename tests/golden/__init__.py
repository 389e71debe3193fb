"""Golden cases: one small merge per rule, with the samples and the file hash that it must give."""
