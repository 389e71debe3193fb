"""`flatiron doctor`: what must be right for a bake to succeed, looked at from everywhere, judged, with advice."""
