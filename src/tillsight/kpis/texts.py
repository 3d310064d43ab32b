"""What mails about KPIs say beside their templates in `letters/`."""

from tillsight.kpis.words import Activity, Status
from tillsight.languages import counted, translate

REMINDER = "KPI values: {told}"
DUE_SOON = "{count} due soon"
OVERDUE = "{count} overdue"
WAS_DUE_AGO = counted("was due on {day}, {count} day ago", "was due on {day}, {count} days ago")
DUE_TODAY = "due today"
DUE_IN = counted("due on {day}, in {count} day", "due on {day}, in {count} days")

DIGEST = "{circle}: KPIs of week {week}"
HEADINGS = {
    Status.behind: "Behind",
    Status.on_track: "On track",
    Status.ahead: "Ahead",
    Status.no_data: "No value this year",
}
CHANGED = "What changed"
MISSING = "What is missing"
STANDS = "{name}: {told}"
TARGET = "target {target}"
STAYS = {
    "stay_above": "{x}, to stay above {target}; kept in {share} of the year's periods",
    "stay_below": "{x}, to stay below {target}; kept in {share} of the year's periods",
}
WITHOUT_WAY = "{x}, target {target}"
ON_THE_WAY = "{x} of {target}, {share} of the way; {expected} expected by now"
NO_SHARE = "none"
REACHED = "it is reached"
OUT_OF_REACH = "it cannot be reached any more this year"
OPEN = "open whether it is reached this year{percent}"
CHANCES = {
    "likely": "likely to reach it this year{percent}",
    "unlikely": "unlikely to reach it this year{percent}",
}
YEAR_END = ", the year ends between {low} and {high} in 8 of 10 cases"
NOT_KNOWN = {
    Activity.created: "created, value not known",
    Activity.updated: "updated, value not known",
    Activity.deleted: "deleted, value not known",
}
WAS_DELETED = "{before} was deleted"
NEW_COMMENT = "{after}, with a new comment"
BECAME = "{before} became {after}"
CHANGE = "{kpi}, {period}: {what}, {who}"
BY = "by {name}"
BY_SOMEBODY = "by somebody"
FROM_SALES = "from the sales"
AND_MORE = "{periods} and {count} more"
WAS_DUE = "{kpi}: {periods}, was due on {day}"
DUE = "{kpi}: {periods}, due on {day}"

translate(__name__)
