"""A process that enters purchases and undoes some of them until it is killed.

    python purchase_worker.py HOME URL FIRST

It says one line for each change once that is acknowledged: `+ id key amount` or `- id`. Keys are
numbers from FIRST on.
"""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

from purchases import purchase, somebody
from tillsight.database import Database
from tillsight.logs import configure_logging
from tillsight.sales.purchase_entering import Entering
from tillsight.sales.purchase_queue import PurchaseQueue
from tillsight.sales.purchases import undo_purchase
from tillsight.settings import LogLevel
from tillsight.warehouse import Warehouse

AT_ONCE = 8


def main(home: Path, url: str, first: int) -> None:
    """Go on for ever."""
    configure_logging(LogLevel.error)
    database = Database(url)
    warehouse = Warehouse(home, database)
    queue = PurchaseQueue(database, lambda versions: warehouse.promise(versions, 30))
    keys = count(first)
    saying = threading.Lock()

    def say(*words: object) -> None:
        with saying:
            sys.stdout.write(" ".join(map(str, words)) + "\n")
            sys.stdout.flush()

    def enter() -> None:
        while True:
            with saying:
                key = next(keys)
            made = purchase(str(key), customer=f"Customer {key % 7}")
            entered = queue.add(Entering(made, somebody(1), key=str(key))).result()
            say("+", entered.purchase_id, key, key)
            if key % 3 == 0:
                undo_purchase(database, entered.purchase_id, None)
                say("-", entered.purchase_id)

    with ThreadPoolExecutor(AT_ONCE) as people:
        for one in [people.submit(enter) for _ in range(AT_ONCE)]:
            one.result()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
