"""Frame and menu of the dashboard. Streamlit runs it for every page."""

from tillsight.dashboard import client, frame, notices, panels, preparing, reader, texts, waiting

client.show_version(None)
frame.open_page()
person, refused = None, ""
try:
    person = client.get("/api/users/me")
except client.SignedOut:
    pass
except client.Refused as refusal:  # such as an address that has to be verified first
    refused = str(refusal)
reader.speak_to(person)
page = frame.menu(person)
try:
    if refused:
        frame.way_out()
        notices.notice("refused", texts.REFUSED_TITLE, refused)
    elif person is None:
        frame.signed_out(page.url_path)
    else:
        frame.foot(person)
        with waiting.line("page"):
            page.run()
except client.SignedOut:
    frame.signed_out(page.url_path)
except client.Refused as refusal:
    if person and refusal.code == "forbidden":
        frame.forbidden(person)
    elif refusal.code == preparing.CODE:
        preparing.show(refusal)
    else:
        panels.refused("page", refusal)
