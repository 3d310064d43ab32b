"""Every sentence of the Forecast page, in one place."""

from tillsight import languages

FORECAST = "Forecast"
VIEWS = {
    "forecast": "Forecast",
    "parts": "Countries and products",
    "calendar": "Calendar and notes",
    "record": "Track record",
}

# Pickers
VIEW = "View"
MEASURE = "Measure"
GRAIN = "By"
GRAINS = {"day": "Day", "week": "Week", "month": "Month"}
AHEAD = "Ahead"
STEPS = {"day": "{count} days", "week": "{count} weeks", "month": "{count} months"}
STEPS_ONE = {"day": "1 day", "week": "1 week", "month": "1 month"}
STEP = {"day": "day", "week": "week", "month": "month"}
A_STEP = {"day": "a day", "week": "a week", "month": "a month"}
MODEL = "Model"
NOT_INSTALLED = "{model} (not installed)"
NOT_INSTALLED_TITLE = "{model} is not installed"
NOT_INSTALLED_LEAD = (
    "Whoever runs this server can add it with the command below and start the server anew. Choose"
    " another model meanwhile."
)
HISTORY = "History"
HISTORIES = {"recent": "Recent history", "year": "A year", "all": "All"}
LEVELS = "Intervals"
BOTH_LEVELS = "80% and 95% range"

# Figures
TOTAL = "Next {span}"
TOTAL_RANGE = "{level}% sure: {low} to {high}"
NO_RANGE = "no range can be told yet"
PER_OPEN_DAY = "Average per open day"
OPEN_DAYS = "{open} open days, {closed} closed"
OPEN_DAYS_ONE = "1 open day, {closed} closed"
NONE_CLOSED = "{open} open days, none closed"
AGAINST_BEFORE = "Against the {span} before"
AGAINST_YEAR = "Against last year"
FROM_BEFORE = "from {before}, {days}"
NO_BEFORE = "no sales of {days} to compare"
HOW_MADE = "{method}, from {days} of data up to {day}. {calendar}"
HOW_MADE_SHORT = "{method}, up to {day}. {calendar}"
CALENDAR_USED = "Calendar: {country}, {open} of {all} days open{corrected}."
CALENDAR_LEARNT = "Calendar: learnt from the sales, {open} of {all} days open{corrected}."
CORRECTED_DAYS = ", {count} corrected"
LEFT_OUT = "Left out as not normal: {notes}."

# The chart
COURSE = "{measure}: history and forecast"
COURSE_ALT = (
    "Line chart of {measure} by {grain}: history up to {day}, then a forecast of {total} in all"
    " for {days}{range}."
)
COURSE_ALT_RANGE = ", {level}% sure to be between {low} and {high}"
FORECAST_BEGINS = "Forecast"
CLOSED_BAND = "closed"
DAYS_HOVERS = {"day": "%a %-d %B %Y", "week": "Week of %-d %B %Y", "month": "%B %Y"}
VALUE_HOVER = "<b>{value}</b>"
FORECAST_HOVER = "<b>about {value}</b>"
LEVEL_HOVER = "{level}% sure: {low} to {high}"
CLOSED_HOVER = "closed"
LEFT_OUT_HOVER = "left out of forecasts"
LEGEND = {
    "history": "Thin line: what was sold.",
    "forecast": "Green line: the forecast.",
    "band": "{shaded}",
    "closed": "Small ticks at the foot: closed days, not counted as sales of 0.",
    "closure": "Grey columns: closed for longer.",
    "special": "Diamonds: left out of forecasts, as not normal or not over.",
    "notes": "Triangles on top: notes; point at one to read it.",
    "actual": "Thin line: what happened.",
    "predicted": "Green line: what had been forecast.",
    "naive": "Dotted: repeating the last season, to compare.",
}
SHADED = "Shaded: {level} of 100 {steps} should fall inside."
SHADED_TWO = (
    "Shaded: {inner} of 100 {steps} should fall into the darker area, {outer} into the lighter one"
    " around it."
)

# How good
QUALITY = "How good is it?"
QUALITY_NONE = (
    "It cannot be told yet. There is too little history to hold some of it back and see how well it"
    " would have been forecast."
)
MISS = "Typical miss"
MISS_LEAD = "of what was sold, per {step}. {naive}"
NAIVE_OF = {
    "day": "Repeating last week: {value}",
    "week": "Repeating the last season: {value}",
    "month": "Repeating the last season: {value}",
}
MASE = "Scaled miss"
MASE_LEAD = "1.00 is the usual miss of repeating the season before; less is better. {naive}"
COVERAGE = "Inside the 80% range"
COVERAGE_LEAD = "of the {steps}; close to 80% is right"
WINDOWS = "Tried on"
WINDOWS_OF = "{count} × {span}"
WINDOWS_LEAD = "that the model had not seen. Never measured on what it learnt from."
MISS_AMOUNT = "Off by {mae} {a_step} on average"
ABOUT_FORECAST = (
    "What is expected of each day, week or month to come. In 8 of 10 cases the value lies in its"
    " 80% range, in 19 of 20 in its 95% range."
)
ABOUT_MISS = "How far each forecast was off, added up, as a part of all that was sold."
ABOUT_WINDOWS = "{windows}, held back from the end of the data and forecast from what was before"
ABOUT_ALL_TOLD = "all that was forecast so far"
ABOUT_CALENDAR = (
    "A weekday or holiday is open if the whole shop used to have sales on such days, or if somebody"
    " said so."
)
TERMS = "What these figures mean"
TERMS_TEXT = (
    "**Typical miss (WAPE)** adds up how far each forecast was off and divides by all that was"
    " sold: 25% means that of every 100 sold, 25 were forecast on the wrong day or not at all."
    " Totals are far closer, as misses of single days even out.\n\n"
    "**Scaled miss (MASE)** divides the miss by that of repeating the last season inside the"
    " history. Below 1 the forecast beats it; at 1 you could as well repeat it.\n\n"
    "**Inside the range** counts how many values fell into the 80% interval. Well below 80% the"
    " ranges are too narrow, well above they are too wide.\n\n"
    "All are measured on **windows held back**: the model is fitted up to a day, forecasts what"
    " follows, and is compared with what happened. There is no “accuracy” measured on data the"
    " model has seen."
)
HELD_OUT = "The last window held back"
HELD_OUT_LEAD = "{days}: forecast {predicted}, in fact {actual} ({off})"
HELD_OUT_ALT = (
    "Line chart of the last window held back, {days}: forecast {predicted}, in fact {actual}."
)
OFF = "{change} off"
WEIGHTS = "What it is made of"
WEIGHTS_LEAD = "Models that did better in the windows weigh more."
OTHER_MODELS = "Other models on the same windows"
COMPARE_LEAD = (
    "Every model forecasts the same held-back windows. Ours takes a moment; Prophet and others take"
    " up to a minute."
)
COMPARE = "Compare models"
COMPARING = "Fitting every model on every window. This can take a minute …"
FORECASTING = "Working out the forecast …"
FITTING = "Fitting {model}, which takes longer than ours …"
BEST = "best"
COMPARED_MODEL = "Model"
COMPARED_MISS = "Typical miss"
COMPARED_MASE = "Scaled miss"
COMPARED_COVERAGE = "Inside 80%"
VERDICT_BETTER = "{percent} better than repeating {what}."
VERDICT_NO_BETTER = "No better than repeating {what}."
VERDICT_NOT_KNOWN = "Cannot be compared with repeating {what}."
REPEATED = {
    "last week": "last week",
    "last year": "last year",
    "the last week": "the last week",
    "the last month": "the last month",
}
COMPARED_NAIVE = "Against repeating"
COMPARED_TIME = "Took"
SECONDS = "{seconds} s"
MILLISECONDS = "{count} ms"
BETTER = "{percent} better"
WORSE = "{percent} worse"
EVEN = "the same"
COMPARED_FOOT = "{windows} windows of {span}."

# Calendar
CALENDAR = "Open and closed days"
CALENDAR_LEAD = (
    "Forecasts put nothing on closed days. This is learnt from the sales of the whole shop"
    "{holidays}."
)
CALENDAR_HOLIDAYS = " and public holidays ({country})"
CALENDAR_NO_COUNTRY = (
    " alone: no country is set (TILLSIGHT_COUNTRY), so public holidays are not known"
)
CALENDAR_MAY = "Press a day, a weekday or a holiday to correct it."
CALENDAR_MAY_NOT = "Editors can correct it."
MONTHS_AHEAD = "Months ahead"
MONTHS_AHEAD_OPTIONS = {3: "3 months", 6: "6 months", 12: "12 months"}
OPEN, CLOSED = "Open", "Closed"
IS_OPEN, IS_CLOSED = "open", "closed"
REASONS = {
    "traded": "there were sales",
    "weekday": "as on {weekday}",
    "holiday": "{holiday}",
    "year_end": "end of the year, as last year",
    "corrected": "corrected",
}
NO_SALES_THAT_DAY = "there were no sales"
DAY_SAID = "{day}: {state}, {reason}"
DAY_HOLIDAY = "{said} ({holiday})"
KEY = {
    "open": "Open",
    "closed": "Closed",
    "holiday": "Public holiday",
    "corrected": "Corrected",
    "ahead": "Still to come",
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAYS_SHORT = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
WEEKDAYS_TITLE = "Weekdays"
WEEKDAY_TRADED = "sold on {traded} of the last {occurrences}"
WEEKDAY_NEVER = "none seen yet"
WEEKDAY_CORRECTED = "corrected"
HOLIDAYS_TITLE = "Holidays and other closed days to come"
HOLIDAYS_NONE = "Only the weekly closed days lie ahead."
CORRECTIONS_TITLE = "Corrections"
CORRECTIONS_NONE = "Nothing was corrected yet."
KINDS = {"day": "Day", "weekday": "Weekday", "holiday": "Holiday"}
EVERY_WEEKDAY = "every {weekday}"
TAKE_BACK = "Take back"
TAKE_BACK_TITLE = "Take back: {what}"
TAKEN_BACK = "The correction was taken back."
CORRECT_TITLE = "Correct the calendar"
CORRECT_WHAT = "What is corrected"
CORRECT_DAY = "only {day}"
CORRECT_HOLIDAY = "{holiday}, every year"
CORRECT_TO = "It is"
CORRECT_SAVE = "Correct"
CORRECTED = "The calendar was corrected. Forecasts follow it from now on."
PRESS_DAY = "Correct {day}"

# Notes
NOTES = "Notes"
NOTES_LEAD = (
    "What happened on a day, shown on charts. Days that were not normal, such as a one-off order or"
    " a closure, can be left out of forecasts."
)
NOTES_NONE = "No note yet."
NOTE_ADD = "Add a note"
NOTE_CHANGE = "Change"
NOTE_CHANGE_TITLE = "Change the note of {days}"
NOTE_FROM = "First day"
NOTE_TO = "Last day"
NOTE_TO_HELP = "Empty: the first day alone."
NOTE_TEXT = "What happened"
NOTE_TEXT_HINT = "Such as: trade fair in Leeds"
NOTE_KIND = "In forecasts"
NOTE_KINDS = {True: "a normal day, shown only", False: "not a normal day: leave out of forecasts"}
NOTE_ADDED = "The note was added."
NOTE_CHANGED = "The note was changed."
NOTE_DELETED = "The note was deleted."
NOTE_DELETE = "Delete"
NOTE_DELETE_LEAD = "It disappears from charts; its days count in forecasts again."
NOTE_DAYS = "Days"
NOTE_WHO = "Written"
NOTE_CHANGED_BY = "changed by {name}"
NOTE_MARK = "left out of forecasts"
NOTE_NO_DAY = "Choose the first day."
NOTE_NO_TEXT = "Write what happened."
NOTE_ORDER = "The last day lies before the first."
SOMEBODY = "somebody"

# Parts
PARTS_BY = "Parts"
PARTS_BYS = {
    "country": "Countries",
    "product": "Products",
    "category": "Categories",
    "channel": "Channels",
}
PARTS_LEAD = {
    "country": "The largest countries by themselves, the others together.",
    "product": "The largest products by themselves, the others together.",
    "category": "The largest categories by themselves, the others together.",
    "channel": "The largest channels by themselves, the others together.",
}
PARTS_SUM = {
    "day": "The parts add up to the whole, on every day.",
    "week": "The parts add up to the whole, in every week.",
    "month": "The parts add up to the whole, in every month.",
}
PART = {
    "country": "Country",
    "product": "Product",
    "category": "Category",
    "channel": "Channel",
}
PART_FORECAST = "Forecast"
PART_RANGE = "80% sure"
PART_SHARE = "Share"
PART_REST = "All others"
PART_WHOLE = "The whole"
PARTS_TILES = "Each by itself"
PARTS_TILES_LEAD = (
    "Every picture has a scale of its own. Dark: history. Green: forecast, 80% range."
)
PARTS_NONE = "There is nothing to divide."
TILE_ALT = "{name}: history, then about {total} in the next {span}"

# Track record
RECORD = "How earlier forecasts did"
RECORD_LEAD = (
    "Every forecast that is asked for is kept as it was told. When its days have come, it is"
    " compared with what happened."
)
RECORD_NONE_TITLE = "No forecast has come true or failed yet"
RECORD_NONE = "Forecasts that are looked at from now on are kept, and scored once their days came."
RECORD_SCORED = "Forecasts scored"
RECORD_SCORED_LEAD = "whose days have all come"
RECORD_MISS = "Typical miss"
RECORD_MISS_LEAD = "half of them missed by less; repeating the season: {naive}"
RECORD_COVERAGE = "Inside the 80% range"
RECORD_COVERAGE_LEAD = "of the days; close to 80% is right"
RECORD_BETTER = "Better than repeating"
RECORD_BETTER_OF = "{count} of {all}"
RECORD_BETTER_LEAD = "of the forecasts scored missed by less"
RECORD_STATES = {"": "All", "scored": "Scored", "partly": "Under way", "waiting": "Still to come"}
RECORD_STATE = "State"
RECORD_MARKS = {"scored": "● Scored", "partly": "◔ {scored} of {all}", "waiting": "○ Still to come"}
RECORD_WHAT = "Forecast"
RECORD_DAYS = "Of"
RECORD_FORECAST = "Forecast"
RECORD_ACTUAL = "In fact"
RECORD_WAPE = "Typical miss"
RECORD_OPEN = "Show"
RECORD_OPEN_TITLE = "Show the forecast of {measure}, {days}"
RECORD_GIVEN = "told {when}, with data up to {day}"
RECORD_ALT = "Line chart of a forecast of {measure} against what happened, {days}"
RECORD_SO_FAR = "so far {value}"

# States
NO_SALES_TITLE = "Nothing to forecast"
NO_SALES = "With these filters there are no sales. Choose another country or category."
AGAINST_HOVERS = {
    "predicted": "Forecast: <b>{value}</b>",
    "actual": "In fact: <b>{value}</b>",
    "naive": "Repeating: {value}",
}
RECORD_REPEATING = "Repeating would have missed by"
WEIGHTED = {
    "seasonal_naive": "Repeating the last season",
    "weekday_mean": "Recent mean",
    "slow_smoothing": "Level, slowly smoothed",
    "smoothing": "Level, smoothed",
    "long_mean": "Long mean",
    "damped_trend": "Damped trend",
    "ridge": "Regression",
    "stiff_ridge": "Regression, stiffer",
    "ridge_without_year": "Regression without year",
    "last_year": "Last year and growth",
}
"""Models of the blend; those of which there is no name here are called as the API does."""

languages.translate(__name__)
