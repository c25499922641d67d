"""What a company loses by a new upload of its sales: the last data set counts, and what only the one before it had is gone."""

from typing import Any

# Fewer rows or items than this part of what was there before are no correction of a few lines.
FEW = 0.8
WHAT_TO_DO = ("A data set replaces the one before: upload the whole history again, old and new rows in one file, unless this is "
              "what you want.")


def losses(profile: dict[str, Any], before: dict[str, Any]) -> str | None:
    """What the sales of `before` had and those of `profile` lack, and what to do, in sentences; None if nothing.

    Both are profiles of sales. Rows are compared only where both say the same length of periods.
    """
    lost = []
    if profile["first_date"] > before["first_date"]:
        lost.append(f"This file begins {profile['first_date']}; the one before it began {before['first_date']}.")
    if profile["last_date"] < before["last_date"]:
        lost.append(f"This file ends {profile['last_date']}; the one before it ended {before['last_date']}.")
    if profile["series"] < FEW * before["series"]:
        lost.append(f"This file has {profile['series']:,} items; the one before it had {before['series']:,}.")
    alike = all(profile[name] == before[name] for name in ("frequency", "period_sums"))
    if alike and profile["rows"] < FEW * before["rows"]:
        lost.append(f"This file has {profile['rows']:,} rows; the one before it had {before['rows']:,}.")
    if not lost:
        return None
    return " ".join((*lost, WHAT_TO_DO))
