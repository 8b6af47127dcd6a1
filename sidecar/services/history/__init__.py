"""What was made: finding it, naming it, carrying it out and in."""
