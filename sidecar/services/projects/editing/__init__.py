"""Every change to a project: what it does to the rows, and how it is undone."""
