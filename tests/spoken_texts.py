"""Forty English texts to speak: sentences with numbers, phonetically balanced ones, and passages of old novels."""

from __future__ import annotations

from tests.speech_metrics import SENTENCES

HARVARD_SENTENCES = (
    "The birch canoe slid on the smooth planks.",
    "Glue the sheet to the dark blue background.",
    "It's easy to tell the depth of a well.",
    "These days a chicken leg is a rare dish.",
    "Rice is often served in round bowls.",
    "The juice of lemons makes fine punch.",
    "The box was thrown beside the parked truck.",
    "Four hours of steady work faced us.",
    "A large size in stockings is hard to sell.",
    "The boy was there when the sun rose.",
    "A rod is used to catch pink salmon.",
    "The source of the huge river is the clear spring.",
    "Kick the ball straight and follow through.",
    "Help the woman get back to her feet.",
    "A pot of tea helps to pass the evening.",
    "The soft cushion broke the man's fall.",
    "The salt breeze came across from the sea.",
    "The girl at the booth sold fifty bonds.",
)
"""From the first lists of the IEEE's Recommended Practice for Speech Quality Measurements (1969)."""

PASSAGES = (
    "Alice was beginning to get very tired of sitting by her sister on the bank. Once or twice she had peeped into the "
    "book her sister was reading, but it had no pictures or conversations in it.",
    "It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a "
    "wife. However little known the feelings of such a man may be, this truth is well fixed in the minds of the "
    "neighbours.",
    "Call me Ishmael. Some years ago, never mind how long, I thought I would sail about a little and see the watery "
    "part of the world.",
    "You will rejoice to hear that no disaster has accompanied the beginning of my journey. I arrived here yesterday.",
    "It was a bright cold day. The clocks were striking twelve, and the street was full of people.",
    "The sun was low when we came to the village. Nobody was waiting for us. A dog barked, and then it was quiet.",
    "My father's family name being Pirrip, and my name Philip, I could make of both names nothing longer than Pip.",
    "No one would have believed that this world was being watched keenly and closely. Yet across the gulf of space, "
    "minds regarded this earth with envious eyes, and slowly and surely drew their plans against us.",
    "The coffee is hot. Please sit down.",
    "Good morning!",
    "Are you ready? Then let us begin with the first chapter.",
    "He opened the letter, read it twice, and threw it into the fire.",
)
"""The openings of novels in the public domain, some of them shortened, and what is said in a day."""

TEXTS = (*SENTENCES, *HARVARD_SENTENCES, *PASSAGES)
