"""Messages are English text at once and can be said again in another language."""

import pickle

import pytest

from mamori.errors import Fault, ScenarioError
from mamori.language.message import Message, say, say_n
from mamori.language.speech import CODES, language


def test_message_is_its_english_text():
    assert say("{n} of {m} MW", n=3, m=4) == "3 of 4 MW"
    assert say_n(1, "{n} drone", "{n} drones") == "1 drone"
    assert say_n(2.5, "{n} drone", "{n} drones") == "2.5 drones"


def test_message_travels_with_its_values():
    message = say("inner {x}", x=say("deep {y}", y=1))
    again = pickle.loads(pickle.dumps(message))  # noqa: S301
    assert again == message
    assert isinstance(again, Message)
    assert again.template == "inner {x}"
    assert isinstance(again.values["x"], Message)


def test_error_with_messages_travels():
    error = ScenarioError(Fault("a.b", "3", say("must be at least {low}", low=4), say("Give more.")))
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert str(again) == "a.b = 3: must be at least 4. Give more."
    assert again.faults[0].rule.values == {"low": 4}


def test_numbers_lists_and_plurals_follow_the_language():
    english, ukrainian, japanese = (language(code) for code in CODES)
    assert [x.decimal(76123.4) for x in (english, ukrainian, japanese)] == ["76,123", "76\xa0123", "76,123"]
    assert [x.compact(1.234e6) for x in (english, ukrainian, japanese)] == ["1.23 million", "1,23 мільйона", "123万"]
    assert [ukrainian.compact(x) for x in (4e6, 162e6, 480e6)] == ["4 мільйони", "162 мільйони", "480 мільйонів"]
    assert japanese.listed(["a", "b", "c"]) == "a、b、c"
    assert [ukrainian._plural(n) for n in (1, 2, 5, 21, 1.5)] == [0, 1, 2, 0, 3]
    with pytest.raises(KeyError):
        language("xx")
