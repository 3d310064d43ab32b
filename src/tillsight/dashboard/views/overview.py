"""Overview: what was sold in a period, against the one it is compared with, and why it changed."""

from tillsight.dashboard import sales_page, texts
from tillsight.dashboard.explore import pinned
from tillsight.dashboard.overview import change, figures, latest, rankings

page = sales_page.open_page(texts.OVERVIEW, "")
figures.show_figures(page)
figures.show_course(page)
change.show_change(page)
rankings.show_rankings(page)
latest.show_latest(page)
pinned.show(page)
