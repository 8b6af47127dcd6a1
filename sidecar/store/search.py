"""Substring search in any language: over history on the trigram index, elsewhere text by text."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, column, func, table, text

history_search = table("history_search", column("rowid"), column("history_search"))
"""The FTS5 index; its column of its own name is what MATCH and its commands take."""
TRIGRAM = 3
LAST_CHARACTER = "\U0010ffff"
# FTS5 reads texts and expressions up to the first of these.
END_OF_TEXT = "\0"


def holds(searched: ColumnElement[str], query: str) -> ColumnElement[bool]:
    """Whether a text without an index holds the query, whatever the case of their letters."""
    return func.instr(func.casefold(searched), query.casefold()) > 0


def match_expression(connection: Connection, query: str) -> str | None:
    """The FTS5 expression for "contains every word of the query"; None if no text can contain one of them.

    A word of one or two characters, common in Chinese and Japanese, begins some trigrams of the index (the texts
    are indexed with end marks so that this holds for their last characters too); it is searched as any of those.
    """
    parts = []
    for word in query.split():
        if END_OF_TEXT in word:
            return None
        if len(word) >= TRIGRAM:
            parts.append(_quote(word))
        elif terms := _terms_starting_with(connection, _folded(word)):
            parts.append("(" + " OR ".join(map(_quote, terms)) + ")")
        else:
            return None
    return " AND ".join(parts)


def _terms_starting_with(connection: Connection, prefix: str) -> list[str]:
    found = connection.execute(
        text("SELECT term FROM history_terms WHERE term >= :first AND term < :last"),
        {"first": prefix, "last": prefix + LAST_CHARACTER},
    )
    return list(found.scalars())


def _folded(word: str) -> str:
    """In lower case as the index has it: character by character, each staying one character."""
    return "".join(lower if len(lower := character.lower()) == 1 else character for character in word)


def _quote(term: str) -> str:
    escaped = term.replace('"', '""')
    return f'"{escaped}"'
