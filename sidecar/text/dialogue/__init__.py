"""From a script, be it plain text, Markdown, Fountain or a table, to the lines that its speakers say."""
