"""From a script to a project, and back to single lines of it."""
