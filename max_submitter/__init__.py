"""Submission, placeholders and the artist's side. Imports flatiron_tasks.contracts and share, and little else."""
