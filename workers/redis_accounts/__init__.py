"""The accounts of Redis: which there are, what each may do, and the ACL file that says so."""
