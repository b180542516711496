"""What classes of the shipped catalogue are called in text; what a scenario names itself keeps its name."""

from mamori.language.message import term
from mamori.report.words import Words

CLASSES = {
    "srbm-notional": term("short-range ballistic missile"),
    "cruise-notional": term("cruise missile"),
    "drone-notional": term("one-way drone"),
    "boat-notional": term("uncrewed boat"),
    "early-warning-radar-notional": term("early-warning radar"),
    "surveillance-radar-notional": term("surveillance radar"),
    "low-level-radar-notional": term("low-level radar"),
    "battery-radar-notional": term("battery radar"),
    "coastal-radar-notional": term("coastal radar"),
    "upper-tier-notional": term("upper tier"),
    "area-defence-notional": term("area defence"),
    "point-defence-notional": term("point defence"),
    "gun-post-notional": term("gun post"),
    "interceptor-drone-team-notional": term("interceptor drone team"),
    "patrol-craft-notional": term("patrol craft"),
}


def class_name(w: Words, name: str) -> str:
    """A class in words."""
    return w.term(CLASSES[name]) if name in CLASSES else name.removesuffix("-notional").replace("-", " ")
