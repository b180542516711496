"""How the search for a path can end: one named result, with a text that says why and what to try."""

from enum import IntEnum

from mamori.language.message import say

__all__ = ["FlightStatus", "status_text"]


class FlightStatus(IntEnum):
    """How the search for a path ended."""

    FOUND = 0
    TOO_NEAR = 1
    TOO_FAR = 2
    NO_PATH = 3
    NO_SEA_WAY = 4
    SAME_PLACE = 5
    STILL_BURNING = 6
    TOO_LOW = 7
    TOO_HIGH = 8
    AIR_STOPS_IT = 9
    BEYOND_CLASS = 10


_TEXT = {
    FlightStatus.FOUND: say("a path was found"),
    FlightStatus.TOO_NEAR: say(
        "the aim is nearer than the class's min_range_m; launch farther off or take another class"
    ),
    FlightStatus.TOO_FAR: say(
        "the aim is farther than the class's max_range_m; launch it closer or take another class"
    ),
    FlightStatus.NO_PATH: say(
        "no ballistic path with this apogee ends at the aim; change the apogee (apogee_to_range_ratio) or burn_s, or "
        "give a larger ballistic_coefficient_kg_m2"
    ),
    FlightStatus.NO_SEA_WAY: say(
        "no way over the sea leads to the aim: launch, aim or a way-point lies more than 10 km inland, or land closes "
        "the water between; aim at a port or at a point on the coast, or launch from that sea"
    ),
    FlightStatus.SAME_PLACE: say(
        "launch and aim are one place, so the path of least energy has no length; give an apogee, or another aim"
    ),
    FlightStatus.STILL_BURNING: say(
        "the boost lasts longer than the way up to this apogee; give a shorter burn_s or a higher apogee"
    ),
    FlightStatus.TOO_LOW: say(
        "the apogee is below the minimum for this range: ground and air are in the way; give a higher apogee"
    ),
    FlightStatus.TOO_HIGH: say("the body would not be down within three hours; give a lower apogee"),
    FlightStatus.AIR_STOPS_IT: say(
        "without air there is a path, but the drag is too great for it; give a larger ballistic_coefficient_kg_m2"
    ),
    FlightStatus.BEYOND_CLASS: say(
        "the apogee is above the class's max_apogee_m; give a lower apogee, or take a larger class"
    ),
}


def status_text(status: int) -> str:
    """What a status of a path means, and what to try."""
    return _TEXT[FlightStatus(status)]
