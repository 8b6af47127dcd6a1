"""From a text to a take that is checked, heard and kept: generations, batches, versions, words."""
