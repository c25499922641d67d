"""Server-sent events, as the HTML standard has them."""

from api.client_stream import parse_events

WHOLE = b'id: 1-0\nevent: log\ndata: {"attempt":2,"at":"2026-01-01T00:00:00Z","message":"hi"}\n\n'


def events(text: bytes):
    return list(parse_events(text.splitlines(keepends=True)))


def test_an_event_has_its_id_type_attempt_time_and_data() -> None:
    [event] = events(WHOLE)

    assert (event.id, event.type, event.attempt, event.at) == ("1-0", "log", 2, "2026-01-01T00:00:00Z")
    assert event.data == {"message": "hi"}


def test_comments_and_retry_lines_are_no_events() -> None:
    assert len(events(b"retry: 2000\n\n: still here\n\n" + WHOLE + b": still here\n\n")) == 1


def test_an_event_that_was_cut_off_is_left_for_the_next_connection() -> None:
    assert len(events(WHOLE + WHOLE[:-1])) == 1


def test_lines_may_end_as_on_windows() -> None:
    assert len(events(WHOLE.replace(b"\n", b"\r\n"))) == 1


def test_data_over_several_lines_is_one_value() -> None:
    text = WHOLE.replace(b'"message":"hi"', b'\ndata: "message":"hi"')

    assert events(text)[0].data == {"message": "hi"}
