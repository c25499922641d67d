"""The multipart form, read back by the server's own parser."""

from io import BytesIO
from pathlib import Path

from werkzeug.formparser import parse_form_data

from api.client_multipart import PIECE_BYTES, Multipart


def parsed(form: Multipart):
    body = b"".join(form.pieces())
    environ = {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(form.size), "CONTENT_TYPE": form.content_type, "REQUEST_METHOD": "POST"}
    _, fields, files = parse_form_data(environ)
    return body, fields, files


def test_fields_and_file_arrive_as_they_were_given(tmp_path: Path) -> None:
    file = tmp_path / 'ventas "2024" añó.csv'
    file.write_bytes(b"a,b\r\n--1,2\r\n")

    body, fields, files = parsed(Multipart({"type": "sales", "name": "días\r\nnuevos"}, file))

    assert fields.to_dict() == {"type": "sales", "name": "días\r\nnuevos"}
    assert files["file"].read() == b"a,b\r\n--1,2\r\n"
    files["file"].close()
    assert len(body) == Multipart({"type": "sales", "name": "días\r\nnuevos"}, file).size


def test_a_large_file_is_sent_in_pieces_that_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(b"x" * (3 * PIECE_BYTES + 5))
    seen: list[tuple[int, int]] = []

    pieces = list(Multipart({}, file).pieces(lambda done, total: seen.append((done, total))))

    assert max(len(piece) for piece in pieces) == PIECE_BYTES
    assert [done for done, _ in seen] == [PIECE_BYTES, 2 * PIECE_BYTES, 3 * PIECE_BYTES, 3 * PIECE_BYTES + 5]


def test_a_file_that_grows_meanwhile_is_cut_at_the_size_that_was_promised(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_bytes(b"x" * 10)
    form = Multipart({}, file)
    file.write_bytes(b"x" * 1000)

    assert len(b"".join(form.pieces())) == form.size


def test_an_empty_file_makes_a_form_with_an_empty_file(tmp_path: Path) -> None:
    file = tmp_path / "empty"
    file.touch()

    _, _, files = parsed(Multipart({}, file))

    assert files["file"].read() == b""
    files["file"].close()
