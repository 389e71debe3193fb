"""Looking: each module asks one part of the installation and returns facts. Nothing here says what is right."""
