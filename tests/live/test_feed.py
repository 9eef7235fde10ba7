"""A page receives each new state once."""

import json

from hypothesis import given
from hypothesis import strategies as st

from scenes.live.feed import Feed

NAMES = st.sampled_from(["a", "b", "run:1"])


@given(st.lists(st.tuples(NAMES, st.none() | st.integers(0, 3)), max_size=20), st.data())
def test_whoever_asks_now_and_then_ends_with_the_same(
    published: list[tuple[str, int | None]], data: st.DataObject
) -> None:
    """A page that asks at any moments knows in the end what was published last."""
    feed, known, seen = Feed(), dict[str, int | None](), 0
    for name, value in published:
        feed.publish(name, value)
        if data.draw(st.booleans()):
            update = feed.since(seen)
            known |= json.loads(update.encoded())
            seen = update.version
    known |= json.loads(feed.since(seen).encoded())
    last = dict(published)
    assert {name: value for name, value in known.items() if value is not None} == {
        name: value for name, value in last.items() if value is not None
    }


def test_the_same_again_is_no_news() -> None:
    """A value that is published again unchanged moves no version."""
    feed = Feed()
    feed.publish("a", {"b": [1.0, float("nan")]})
    version = feed.version
    feed.publish("a", {"b": [1.0, float("nan")]})
    feed.publish("gone", None)
    assert feed.version == version
    assert json.loads(feed.since(0).encoded()) == {"a": {"b": [1.0, None]}}
