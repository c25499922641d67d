"""Where a text may ask a second question: `cuánto vendimos en 2025 y cuánto debo pedir`, `What sold? What should I order?`."""

import re
from collections.abc import Iterator
from itertools import islice

from jobs.forecasting.question_words import fold

MOST = 2  # places to cut at; each costs two readings
_WORD = r"(?:cuant[oa]s?|q(?:ue)?|ke|cual(?:es)?|cuando|how (?:m\w+|long)|wh?at|whi?ch|when)"
_LEAD = (r"(?:[¿¡,:\s]|(?:hola|hello|hi|hey|oye|buen[oa]s?|dias|tardes|por favor|please|y|and|dime|digame|tell me|show me|"
         r"muestrame|dame|quiero|quisiera|necesito|saber|i (?:want|need) to know|can you tell me|hasta|en|in|de|of|for|para|a|"
         r"about)\b)*")
_ASKS = re.compile(rf"(?:^|[,;.!?¿¡]){_LEAD}(?:{_WORD}|compar[ae]|hay|do we|will)\b")
# A question without a verb; with one it is a statement more often than not (`ventas de octubre`, `las ventas bajaron`).
_NAMES = re.compile(
    rf"^{_LEAD}(?:[\w-]+ )?(?:ventas?|sales|demanda|demand|pronosticos?|forecasts?|mas|menos|best|worst|top|stock|inventario|"
    r"inventory|existencias)\b")
_AND = r"(?:y|e|and)\b"
_SECOND = re.compile(rf"(?:\s+(?P<joined>{_AND})|\s*[,;?!.]+(?:\s*¿?\s*{_AND})?)(?:\s+(?:tambien|ademas|also),?)?\s*¿?\s*\b"
                     rf"(?=(?:(?:hasta|para) )?{_WORD}\b)")


def two_halves(text: str) -> Iterator[tuple[str, str]]:
    """What stands before and after each place in a text, the first few, at which a second question may begin.

    What comes before has to be a question, too: after a statement there is only one (`we sold 300 in May, how many do I order?`).
    """
    folded = fold(text)
    cuts = (cut for cut in _SECOND.finditer(folded) if len(folded) == len(text) and _is_question(folded[:cut.start()], cut))
    for cut in islice(cuts, MOST):
        yield text[:cut.start()].strip(), text[cut.end():].strip()


def _is_question(first: str, cut: re.Match[str]) -> bool:
    return _ASKS.search(first) is not None or (cut["joined"] is not None and _NAMES.search(first) is not None)
