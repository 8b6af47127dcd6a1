"""The silence between two lines that nobody has asked for.

The steps are the product's own pause between sentences (0.3 s, `chunking.pause_s`; twice that between paragraphs) and
the 0.2 s that a change of turns takes in conversation, the mean over ten languages (Stivers et al. 2009, "Universals
and cultural variation in turn-taking in conversation", PNAS 106). Silences of more than a second are heard as ends of
parts of a text (Campione and Véronis 2002, "A large-scale multilingual study of silent pause duration"), those before
a chapter are of the 1 to 5 s that publishers ask for at the end of a file (ACX Audio Submission Requirements).
"""

from __future__ import annotations

from sidecar.text.dialogue.lines import Boundary, DialogueLine

TURN_S = 0.5
"""From one speaker to another: a sentence's pause and a turn's. The unit in which `gap_s` scales all the others."""
SAME_SPEAKER_S = 0.3
QUESTION_S = 0.1
"""Added behind a question that somebody else answers."""
BOUNDARY_S: dict[Boundary, float] = {"none": 0.0, "paragraph": 0.6, "scene": 1.5, "chapter": 2.5}
_QUESTION_MARKS = ("?", "？", "؟", ";")  # noqa: RUF001  # the full-width and the Arabic one are meant
_CLOSING = "\"'”’»)]*_ "  # noqa: RUF001


def gap_after(line: DialogueLine, following: DialogueLine | None, gap_s: float = TURN_S) -> float:
    """Seconds of silence between a line and the next, as asked for in the script, or else as it sounds natural.

    `gap_s` is the gap between two speakers; the others keep their proportion to it. Behind the last line is none.
    """
    if line.pause_after_s is not None:
        return line.pause_after_s
    if following is None:
        return 0.0
    return round(_natural(line, following) * gap_s / TURN_S, 6)


def _natural(line: DialogueLine, following: DialogueLine) -> float:
    if line.boundary in ("scene", "chapter"):
        return BOUNDARY_S[line.boundary]
    if line.speaker == following.speaker:
        return max(SAME_SPEAKER_S, BOUNDARY_S[line.boundary])
    is_question = line.text.rstrip(_CLOSING).endswith(_QUESTION_MARKS)
    return TURN_S + (QUESTION_S if is_question else 0.0)
