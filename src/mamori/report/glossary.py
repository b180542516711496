"""The words of the report and what they mean: shown where they stand, and listed at the end of the page."""

import html

from mamori.language.message import term
from mamori.report.words import Words

WORDS: dict[str, tuple[str, str]] = {
    "night": (
        term("night, replica"),
        term("One time through the whole raid and the days after it, with its own luck. A run follows many."),
    ),
    "world": (
        term("world"),
        term(
            "One draw of all the numbers that nobody knows well, such as kill probabilities and repair times. "
            "Several nights are followed in each world."
        ),
    ),
    "luck": (
        term("luck"),
        term(
            "What differs from night to night though every number of the catalogue is the same: who is hit, what "
            "breaks, who is at home."
        ),
    ),
    "knowledge": (
        term("knowledge"),
        term(
            "What differs from world to world because the catalogue's numbers are not known well. More nights do not "
            "make it smaller; better numbers do."
        ),
    ),
    "confidence": (
        term("95 % confidence"),
        term(
            "The mean of ever more nights would lie in this range in 19 of 20 such runs. It says how well the mean is "
            "known, not how much nights differ."
        ),
    ),
    "percentile": (
        term("p5, p50, p95"),
        term("One night in twenty is below p5, half of the nights are below p50, one in twenty is above p95."),
    ),
    "baseline": (
        term("without defence"),
        term("The same nights with the same luck, but no battery fires."),
    ),
    "threat": (
        term("threat"),
        term("A missile, a drone or a boat of the raid. All classes are notional: no real weapon is meant."),
    ),
    "leaker": (
        term("leaker"),
        term("A threat that came down working: nobody stopped it, and it did not fail of itself."),
    ),
    "salvo": (term("salvo"), term("Shots that one battery fires at one threat at the same time.")),
    "magazine": (term("magazine"), term("The shots that a battery has before it must be filled up again.")),
    "channel": (
        term("channel"),
        term("What a battery guides one engagement with; while all are busy it can take on no other threat."),
    ),
    "envelope": (
        term("envelope"),
        term("The part of the air (or of the sea) in which a battery can meet a threat that it may engage."),
    ),
    "knee": (
        term("knee"),
        term(
            "The size of raid beyond which more than half of what is added comes through that would without defence: "
            "there defence is full."
        ),
    ),
    "energy-not-served": (
        term("energy not served"),
        term("Energy that people and works asked for and did not get, added up over all hours that are followed."),
    ),
    "demand": (term("demand"), term("The power that people and works would take if all of it could be delivered.")),
    "mwh": (
        term("MWh"),
        term("Megawatt hour: a power of one megawatt for one hour. A few thousand homes use about that in an hour."),
    ),
    "person-hour": (term("person h"), term("One person for one hour; 1,000 people for a day are 24,000 person hours.")),
    "local": (term("local"), term("Not served because the site itself is dead: nothing could be delivered there.")),
    "network": (term("network"), term("Not served because the lines and transformers that are left cannot carry it.")),
    "deficit": (term("deficit"), term("Not served because the plant that is left cannot make it.")),
    "served-again": (
        term("served again"),
        term("At least 90 % of demand is served from then on until the end of the hours that are followed."),
    ),
    "backup": (
        term("backup"),
        term("The generator or battery of a hospital or works, which lasts for so many hours without the grid."),
    ),
    "exposed": (term("under an impact"), term("People where a threat came down and who were not in shelter.")),
    "lead": (term("warning lead time"), term("From the alarm in a district to the impact on it.")),
    "horizon": (term("horizon"), term("The hours after the raid that are followed.")),
    "variant": (
        term("variant"),
        term("One of the raids that the scenario holds possible, each with its weight; a night draws one."),
    ),
    "tail": (
        term("CVaR, worst nights"),
        term("Conditional value at risk: the mean of the worst 5 % of nights. It is what a bad night costs."),
    ),
}
"""Word in the marks of sentences: how it is listed, and what it means."""


def listing(words: list[str], w: Words) -> str:
    """The glossary as HTML; each meaning has the id that the words of the page point to. Nothing for no words."""
    said = [(word, *(html.escape(w.term(text)) for text in WORDS[word])) for word in words]
    items = "".join(f'<dt>{name}</dt><dd id="means-{word}">{meaning}</dd>' for word, name, meaning in said)
    return f'<section id="words"><h2>{html.escape(w.say("Words"))}</h2><dl>{items}</dl></section>' if items else ""
