"""Labels of boxes are data: any text that a person may have written, and nothing that could act."""

import unicodedata

MAX_CHARS = 100
NONCHARACTERS = frozenset("\ufffe\uffff")


def cleaned_label(text: str) -> str:
    """A class's name without spaces around it. Raises ValueError, with the reason, for what no class may be called.

    `../../x`, `a: b` and `<b>` are labels like any other: whoever writes one into a path or a document escapes it.
    """
    label = text.strip()
    if not label:
        raise ValueError("a label has at least one character")
    if len(label) > MAX_CHARS:
        raise ValueError(f"a label has at most {MAX_CHARS} characters")
    if any(unicodedata.category(c) in {"Cc", "Cs"} or c in NONCHARACTERS for c in label):
        raise ValueError("a label holds no control characters")
    return label
