"""What the audit log calls subjects and details, beside what `dashboard/texts.py` has."""

from tillsight import languages

# What an entry is about
NUMBERED = {
    "import": "Import {number}",
    "rejects of import": "Rejected rows of import {number}",
    "purchase": "Purchase {number}",
    "session": "Sign-in {number}",
    "key": "API key {number}",
    "profile": "Import profile {number}",
    "view": "View {number}",
    "note": "Note {number}",
    "KPI": "KPI {number}",
    "circle": "Circle {number}",
}
SUBJECTS = {
    "all sessions": "All sign-ins",
    "audit log": "Audit log",
    "backup": "Backup",
    "customer": "A customer",
    "customers": "Customers",
    "forecasts": "Forecasts",
    "KPI board": "Board of KPIs",
    "KPI changes": "Activity of KPIs",
    "KPI values": "Values of KPIs",
    "KPIs": "KPIs",
    "lines": "Sale lines",
    "orders": "Orders",
    "purchases": "Purchases",
    "report": "Report to print",
    "sales": "Sales",
}

# What is told of it
LABELS = {
    "active": "In use",
    "added": "Added",
    "again": "Erased again",
    "aggregation": "Over the year",
    "amount": "Amount",
    "answers": "Kept answers",
    "asked": "Asked for",
    "audit_entries": "Entries of the audit log",
    "backup": "Backup",
    "before": "Formerly",
    "bounds": "Bounds",
    "by": "Through",
    "bytes": "Bytes",
    "contract": "For clients of",
    "days": "Days",
    "description": "Description",
    "direction": "Direction",
    "due_days": "Days until values are due",
    "fields": "Changed",
    "file": "File",
    "filters": "Filters",
    "from": "From",
    "imports": "Imports",
    "initial_value": "Start",
    "invited": "Invited",
    "issuer": "Provider",
    "left_out": "Left out",
    "links": "Links of mails",
    "measure": "Measure",
    "member": "Member",
    "name": "Name",
    "ordinary": "Forecasts count these days",
    "periodicity": "Periodicity",
    "question": "Asks for",
    "reason": "Reason",
    "removed": "Removed target",
    "role": "Role",
    "shared": "Shared",
    "sign_ins": "Sign-ins",
    "target": "Target",
    "text": "Text",
    "to": "To",
    "unit": "Unit",
}
FIELDS = {
    "email": "E-mail",
    "username": "Username",
    "first_name": "First name",
    "last_name": "Last name",
    "full_name": "Name",
    "language": "Language",
    "role": "Role",
    "is_active": "May sign in",
    "is_verified": "Verified",
}
ASKED = {
    "measures": "Measures",
    "by": "By",
    "from": "From",
    "to": "To",
    "compare": "Compared with",
    "format": "File",
    "limit": "At most",
    "order": "Sorted by",
    "sort": "Sorted by",
    "direction": "Direction",
    "text": "Text",
    "kind": "Kind",
    "source": "Source",
    "grain": "Grain",
}
ANSWERS = {True: "yes", False: "no"}
BY = {"invitation": "invitation", "setup link": "setup link"}
BECAME = {"open": "open", "closed": "closed", "as learnt": "as learnt"}
MOVED = {
    "Change log": "Change log",
    "Circles": "Circles",
    "KPI values": "Values of KPIs",
    "KPIs": "KPIs",
    "Members of circles": "Members of circles",
    "People": "People",
    "Products": "Products",
    "Sales lines": "Sale lines",
    "nothing": "nothing",
}
TOLD = "{label}: {value}"
CHANGED = "{label}: {before} → {after}"
JUST_CHANGED = "{before} → {after}"

languages.translate(__name__)
