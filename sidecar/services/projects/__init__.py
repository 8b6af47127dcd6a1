"""Projects: generations, recordings and silence arranged on a timeline, edited, undone and rendered."""
