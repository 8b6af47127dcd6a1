"""Timelines as pictures; Pillow, of the extra "studio", is needed here alone."""
