"""How files that state a currency name its column."""

CURRENCY = ("Currency", "Currency Code", "Order Currency")
