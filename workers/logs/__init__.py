"""Logs of services: lines for people or JSON, each with what it is about and without any secret."""
