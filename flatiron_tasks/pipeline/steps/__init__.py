"""One module per step of the chain. A step takes ids, does one bounded thing, and may run twice, late, or be killed."""
