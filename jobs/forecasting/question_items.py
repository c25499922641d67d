"""The articles that a question names: by code, name, name with typos, or category; and candidates where that is not sure."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from jobs.forecasting.question_text import SHORTEST, VOCABULARY, is_known, nearest, sound, stem, tokens
from jobs.forecasting.question_words import fold, words

CANDIDATES = 5
# Of 100 in rapidfuzz's token_set_ratio: what is near enough to be meant, and how far the next one must be behind.
SURE, GAP, POSSIBLE = 86.0, 7.0, 62.0
LONGEST_NAME = 14
_YEAR = re.compile(r"(?:19|20)\d\d")
ALIKE = 0.7  # of two codes, by edits (optimal string alignment) for their length
_CUE = words("articulo articulos item items producto productos product products article sku codigo code ref referencia part",
             "parte no numero number")
ONE = words("articulo item producto product article")  # what has a number of its own after it, where several have one before
# A code of digits alone is taken for one if it is this long and no money stands beside it.
LONG_NUMBER = 5
_MONEY_CUE = words("presupuesto budget con with tengo tenemos have got spend gastar invertir invest hasta $ € cop usd eur")
_MONEY_WORDS = words("pesos dolares dollars euros pounds cop usd eur mil millones million thousand k m € $")
_JOINERS = frozenset({"y", "and", ",", "e", "o", "or"})
_BESIDE = frozenset({"con", "with"})
_LINKS = words("de del la el los las of the a")  # not the first word of a name
_BEFORE = _LINKS | words("en in para for")


@dataclass(frozen=True, slots=True)
class Article:
    """An article: its code exactly as uploaded, its name and category where they are known, and the units that it sold in all."""

    code: str
    name: str | None = None
    category: str | None = None
    sold: float = 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that may be meant by `asked`; score of 100. alike: how many articles have all of these words."""

    asked: str
    article: Article
    score: float
    alike: int = 0


@dataclass(frozen=True, slots=True)
class Mentions:
    """What is named: codes, categories (folded names), candidates where it is not sure, words that are none of the articles."""

    codes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def alike(self) -> int:
        """How many articles have all of the words that are not sure, of which the candidates are those that sold most."""
        return self.candidates[0].alike if self.candidates else 0


@dataclass
class Catalog:
    """The articles of a company, indexed for questions. Building it takes about 20 µs an article."""

    articles: Sequence[Article]
    _by_code: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _by_name: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _by_dated_words: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _groups: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    _words: set[str] = field(default_factory=set)
    _tokens: set[str] = field(default_factory=set)
    _spellings: set[str] = field(default_factory=set)
    _sounds: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _pairs: dict[str, tuple[str, str]] = field(default_factory=dict)
    _names: list[str] = field(default_factory=list)
    _keys: list[str] = field(default_factory=list)
    _bare_groups: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for i, article in enumerate(self.articles):
            self._by_code[_squashed(article.code)].append(i)
            written = tokens(article.name or "")
            words = [stem(w) for w in written]
            self._names.append(" ".join(words))
            if words:
                self._by_name[" ".join(words)].append(i)
            if any(_YEAR.fullmatch(w) for w in words):
                self._by_dated_words[" ".join(sorted(words))].append(i)
            self._words.update(w for w in words if w.isalpha())
            self._pairs.update({stem(one + two): (one, two) for one, two in pairwise(words) if (one + two).isalpha()})
            self._tokens.update(words)
            self._spellings.update(w for w in written if w.isalpha())
            if article.category:
                written = tokens(article.category)
                key = " ".join(stem(w) for w in written)
                self._spellings.update(w for w in written if w.isalpha())
                self._words.update(w for w in key.split() if w.isalpha())
                self._groups.setdefault(key, (article.category, []))[1].append(article.code)
        self._keys = list(self._groups)
        self._bare_groups = {" ".join(w for w in key.split() if w not in _JOINERS): key for key in self._keys}
        for word in self._spellings:
            for said in (word, stem(word)):
                self._sounds[sound(said)].add(word)

    @property
    def name_words(self) -> set[str]:
        """The words of the articles' names, without plural endings."""
        return self._words

    @property
    def name_tokens(self) -> set[str]:
        """The words and the numbers of the articles' names, without plural endings."""
        return self._tokens

    def has_words(self, code: str, words: list[str]) -> bool:
        """Whether all of these words stand in the name of an article."""
        place = next(i for i in self._by_code[_squashed(code)] if self.articles[i].code == code)
        return {stem(word) for word in words} <= set(self._names[place].split())

    def has_pair(self, word: str, following: list[str]) -> bool:
        """Whether a word and the one that follows stand side by side in the name of an article (`leche sin lactosa`)."""
        pair = " ".join(stem(w) for w in (word, *following))
        return bool(following) and any(f" {pair} " in f" {name} " for name in self._names)

    def codes_in(self, category: str) -> list[str]:
        """The codes of a category, as `Mentions.categories` names it."""
        return self._groups[category][1]

    def category_name(self, category: str) -> str:
        """A category's name as uploaded."""
        return self._groups[category][0]

    def categories_with(self, phrase: str) -> list[str]:
        """The names of the categories, as uploaded, that have every word of a phrase."""
        words = {w for w in self._words_of(phrase.split()) if w not in _LINKS}
        return [name for key, (name, _) in self._groups.items() if words and words <= set(key.split())]

    def distance(self, word: str) -> float | None:
        """How far a word is from the nearest word in the articles' names: 0 if it is one, None if it is far from all."""
        if stem(word) in self._words or stem(word) in self._pairs:
            return 0.0
        if self._heard(word):
            return 0.5
        found = nearest(word, self._spellings) or nearest(stem(word), self._words)
        return found[1] if found else None

    def mark_codes(self, text: str) -> str:
        """The folded text with each code of an article as `⟦n⟧`, n being its place in `articles`.

        A code of letters that are a word of their own, or of digits alone, needs `artículo`, `item`, `#` or the like before it.
        """
        written = text.replace("⟦", " ").replace("⟧", " ").split()
        chunks = [c.strip("¿?¡!.,;:()\"'«»“”") for c in written]
        made: list[str] = []
        i = 0
        while i < len(chunks):
            size, index = self._code_at(chunks, i)
            made.append(f"⟦{index}⟧" if size else written[i])
            if size and written[i + size - 1].endswith(","):
                made.append(",")
            i += size or 1
        return " ".join(made)

    def _code_at(self, chunks: list[str], at: int) -> tuple[int, int]:
        last = fold(chunks[at - 1]) if at else ""
        cued = last in _CUE
        for size in range(min(4, len(chunks) - at), 0, -1):
            said = " ".join(chunks[at:at + size])
            bare = said.lstrip("#")
            found = self._by_code.get(_squashed(bare), [])
            codes = {i: self.articles[i].code for i in found}
            exact = [i for i in found if codes[i] == bare] or [i for i in found if fold(codes[i]) == fold(bare)]
            if size > 1 and not exact:
                continue
            fitting = exact or found
            long_number = bare.isdigit() and len(bare) >= LONG_NUMBER and bool(exact) and last not in _MONEY_CUE and not (
                at + 1 < len(chunks) and fold(chunks[at + 1]) in _MONEY_WORDS)
            if len(fitting) == 1 and (cued or said != bare or long_number or self._stands_alone(bare)):
                return size, fitting[0]
        return 0, 0

    @staticmethod
    def _stands_alone(said: str) -> bool:
        words = fold(said).split()
        return any(c.isalpha() for c in said) and len(said) > 1 and not all(w in VOCABULARY for w in words)

    def mark_names(self, words: list[str]) -> list[str]:
        """`words` with each whole name of an article, or of a category of several words, as `⟦n⟧`; the longest name counts, and
        plurals are as good, and a name with a year in any order (`2027 wall calendar`, `Calendar 2027 wall`).

        A name of nothing but words of questions (an article called `Total`) is not found so, but `Product 3` is.
        """
        stems = [stem(w) for w in words]
        made: list[str] = []
        i = 0
        while i < len(words):
            for size in range(min(LONGEST_NAME, len(words) - i), 0, -1):
                found = (self._by_name.get(" ".join(stems[i:i + size])) or self._category_at(words, stems, i, size)
                         or self._by_dated_words.get(" ".join(sorted(stems[i:i + size])), []))
                said = words[i:i + size]
                if len(found) == 1 and (_is_numbered(said) or not all(w in VOCABULARY or w.isdigit() for w in said)):
                    made.append(f"⟦{found[0]}⟧")
                    i += size
                    break
            else:
                made.append(words[i])
                i += 1
        return made

    def _category_at(self, words: list[str], stems: list[str], at: int, size: int) -> list[int]:
        """The mark of a category of several words, unless its name goes on (`pain relief cream`)."""
        key, following = " ".join(stems[at:at + size]), words[at + size:at + size + 1]
        goes_on = following and following[0].isalpha() and not is_known(following[0])
        return [len(self.articles) + self._keys.index(key)] if size > 1 and key in self._groups and not goes_on else []

    def marked(self, mark: int) -> Mentions:
        """What the `n` of a mark `⟦n⟧` stands for: an article by its place, and from the number of articles on a category."""
        if mark < len(self.articles):
            return Mentions(codes=(self.articles[mark].code,))
        return Mentions(categories=(self._keys[mark - len(self.articles)],))

    def code_of_number(self, number: str) -> str | None:
        """The code that is written in just these digits, if there is one."""
        found = [self.articles[i].code for i in self._by_code.get(_squashed(number), []) if self.articles[i].code == number]
        return found[0] if found else None

    def like_number(self, number: str) -> Mentions:
        """What a code of digits that no article has may be: the articles whose codes are the nearest; `unknown` holds it."""
        codes = [article.code for article in self.articles]
        near = process.extract(number, codes, scorer=OSA.normalized_similarity, score_cutoff=ALIKE, limit=CANDIDATES)
        found = tuple(Candidate(number, self.articles[i], round(100 * score, 1)) for _, score, i in near)
        return Mentions(candidates=found, unknown=(number,))

    def find(self, phrase: list[str]) -> Mentions:
        """The articles that a phrase of a question's left-over words names."""
        whole = self._find_one(phrase)
        listed = [self._find_one(part) for part in _with_heads(_split(phrase, _JOINERS))] if _JOINERS & set(phrase) else []
        if whole.categories or (whole.codes and not (listed and all(part.categories for part in listed))):
            return whole
        beside = [self._find_one(part) for part in _split(phrase, _BESIDE)]
        if len(beside) > 1 and all(part.codes or part.categories for part in beside):  # but a `café con leche` is one article
            return merged(beside)
        if not listed or (any(part.unknown for part in listed) and not any(part.codes or part.categories for part in listed)):
            return whole
        return merged(listed)

    def _find_one(self, phrase: list[str]) -> Mentions:
        words = self._words_of(phrase)
        asked, query = " ".join(phrase), " ".join(words)
        if query in self._bare_groups:
            return Mentions(categories=(self._bare_groups[query],))
        words = [w for w in words if w not in _BEFORE] or words  # `broca de 6 mm` is the `Broca para concreto 6 mm`
        query = " ".join(words)
        alike = self._with_words(words)
        if len(alike) > CANDIDATES:
            best_selling = sorted(alike, key=self._rank)[:CANDIDATES]
            return Mentions(candidates=tuple(Candidate(asked, self.articles[i], 100.0, len(alike)) for i in best_selling))
        scored = self._scored(words, query)
        if not scored:
            return Mentions(unknown=(asked,))
        best, second = scored[0], scored[1] if len(scored) > 1 else (0, 0.0)
        if best[1] >= SURE and best[1] - second[1] >= GAP:
            return Mentions(codes=(self.articles[best[0]].code,))
        found = tuple(Candidate(asked, self.articles[i], round(score, 1), len(alike)) for i, score in scored[:CANDIDATES])
        return Mentions(candidates=found)

    def all_with(self, phrase: list[str]) -> tuple[str, ...]:
        """The codes of all articles that have every word of a phrase in their names, those that sold most first."""
        words = [w for w in self._words_of(phrase) if w not in _LINKS]
        return tuple(self.articles[i].code for i in sorted(self._with_words(words), key=self._rank))

    def _words_of(self, phrase: list[str]) -> list[str]:
        """The words of a phrase set right; `cocacola` is `coca cola`."""
        said = (self._pairs.get(stem(w), (self._right(w),)) if stem(w) not in self._words else (stem(w),) for w in phrase
                if w not in _JOINERS)
        return [word for words in said for word in words]

    def _with_words(self, words: list[str]) -> list[int]:
        return [i for i, name in enumerate(self._names) if set(words) <= set(name.split())]

    def _rank(self, place: int) -> tuple[float, int, int]:
        """What comes first of articles that fit equally well: what sold most, then the shorter name."""
        return -self.articles[place].sold, len(self._names[place]), place

    def _scored(self, words: list[str], query: str) -> list[tuple[int, float]]:
        """Places and scores of the articles that may be meant, best first: token_set_ratio, less what of the query is missing.

        token_set_ratio is 100 as soon as one side's words are all among the other's; a word of the query that the name lacks is a
        word too many, so it costs its share.
        """
        if not self._names or not words:
            return []
        near = process.extract(query, self._names, scorer=fuzz.token_set_ratio, score_cutoff=POSSIBLE, limit=50)
        made = []
        for name, as_said, i in near:
            fitting = _fitting(words, name.split())
            lacking = sum(w not in name.split() for w in fitting) / len(words)
            score = as_said if fitting == words else fuzz.token_set_ratio(" ".join(fitting), name)
            made.append((int(i), float(score) * (1 - 0.6 * lacking)))
        made = [(i, score) for i, score in made if score >= POSSIBLE]
        return sorted(made, key=lambda pair: (-pair[1], *self._rank(pair[0])))

    def _right(self, word: str) -> str:
        """The stem of a word, set right where it is a misspelling of a word in the names or categories."""
        bare = stem(word)
        if bare in self._words or not word.isalpha():
            return bare
        if heard := self._heard(word):
            return heard
        found = nearest(word, self._spellings) or nearest(bare, self._words)
        return stem(found[0]) if found else bare

    def _heard(self, word: str) -> str | None:
        """The stem of the one word in the names that sounds as this one or its singular does (`martiyos` as `martillo`)."""
        if len(word) < SHORTEST or not word.isalpha():
            return None
        heard = {stem(other) for said in (word, stem(word)) for other in self._sounds.get(sound(said), ())}
        return heard.pop() if len(heard) == 1 else None


def merged(parts: Sequence[Mentions]) -> Mentions:
    """Several mentions as one, without repeats; of each that is not sure about as many candidates."""
    def each(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for part in parts for value in getattr(part, name)))

    by_turns = [c for turn in zip_longest(*(part.candidates for part in parts)) for c in turn if c is not None][:CANDIDATES]
    candidates = tuple(c for part in parts for c in part.candidates if c in by_turns)
    return Mentions(each("codes"), each("categories"), candidates, each("unknown"))


def _is_numbered(name: list[str]) -> bool:
    """Whether it is a kind of thing and its number (`producto 3`), and no number of things (`3 productos`)."""
    return len(name) == 2 and name[0] in ONE and name[1].isdigit()


def _fitting(words: list[str], name: list[str]) -> list[str]:
    """`words` with those that are one edit from a word of this name set right, if half of the others are in it as said.

    A word of three letters may only lack one (the stem of `sope` is `sop`).
    """
    if 2 * sum(word in name for word in words) < len(words) - 1 or not set(words) & set(name):
        return words
    return [next((n for n in name if len(word) >= 4 - (len(n) > len(word)) and word not in name and word.isalpha()
                  and OSA.distance(word, n) <= 1), word) for word in words]


def _split(phrase: list[str], joiners: frozenset[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in phrase:
        if word in joiners:
            parts.append([])
        else:
            parts[-1] += [word] if parts[-1] or word not in _BEFORE else []
    return [part for part in parts if part]


def _with_heads(parts: list[list[str]]) -> list[list[str]]:
    """Parts of a list with the words that they leave unsaid before a number: `brocas de 6 y de 8` are `brocas 6`, `brocas 8`."""
    head: list[str] = []
    made: list[list[str]] = []
    for part in parts:
        first = next((i for i, word in enumerate(part) if word.isdigit()), len(part))
        head = part[:first] or head
        made.append(part if part[:first] else head + part)
    return made


def _squashed(code: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", fold(code)) or fold(code)
