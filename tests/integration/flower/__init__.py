"""Flower as the dashboard of a TD: real Flower on a real stack."""
