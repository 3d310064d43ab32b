"""What a customer is: the RFM segment and the age band, as SQL over the table `customers`.

They belong to the customer over all sales of this data version; no period or filter touches them.
"""

from tillsight.warehouse.fifths import cut

SEGMENTS = {
    "Champions": "555 554 544 545 454 455 445",
    "Loyal": "543 444 435 355 354 345 344 335",
    "Potential loyalist": (
        "553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 353 352 351 342 341"
        " 333 323"
    ),
    "New": "512 511 422 421 412 411 311",
    "Promising": "525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313",
    "Need attention": "535 534 443 434 343 334 325 324",
    "About to sleep": "331 321 312 221 213 231 241 251",
    "At risk": (
        "255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 135 134 133 125 124"
    ),
    "Cannot lose them": "155 154 144 214 215 115 114 113",
    "Hibernating": "332 322 233 232 223 222 132 123 122 212 211",
    "Lost": "111 112 121 131 141 151",
}
"""Best first; the codes are the scores of recency, frequency and monetary value side by side."""

SEGMENT_OF = {code: name for name, codes in SEGMENTS.items() for code in codes.split()}

AGE_BANDS = ("under 18", "18–24", "25–34", "35–44", "45–54", "55–64", "65+")
AGES_FROM = (18, 25, 35, 45, 55, 65)
"""Where each band after the first begins."""


def _score(column: str) -> str:
    above = " + ".join(f"CAST({column} > {cut(column, end)} AS INTEGER)" for end in range(1, 5))
    return f"1 + {above}"


# A score is 1 + floor(5 × (number of customers with a smaller value) / n). That number reaches k
# fifths of n just where the value exceeds the one in place ceiling(k × n / 5).
RFM_CODE = f"100 * ({_score('last_day')}) + 10 * ({_score('whole_orders')}) + {_score('revenue')}"
"""Scores of recency, frequency and monetary value as a number such as 545; for who has bought."""

# Looking a code up in a list takes half the time of telling eleven sets of codes apart.
_NAMES = ", ".join(f"'{SEGMENT_OF.get(str(code), '')}'" for code in range(111, 556))
SEGMENT = f"CASE WHEN last_day IS NOT NULL THEN [{_NAMES}][{RFM_CODE} - 110] END"
"""The segment's name; null for those who only brought back."""

_YOUNGER = " ".join(
    f"WHEN age < {age} THEN '{band}'" for age, band in zip(AGES_FROM, AGE_BANDS[:-1], strict=True)
)
AGE_BAND = f"CASE {_YOUNGER} WHEN age IS NOT NULL THEN '{AGE_BANDS[-1]}' END"


def attributes_sql(*, with_segment: bool) -> str:
    """A table of all customers with what they are, to be joined to their sales.

    The segment has to be found for every one of them, so it is there only if asked for.
    """
    segment = f", {SEGMENT} AS segment" if with_segment else ""
    return (
        "(SELECT customer_id AS id, first_day AS first_sale, gender,"
        f" {AGE_BAND} AS age_band{segment} FROM customers)"
    )
