"""The pages, short scripts that app.py runs.

Not called `pages`: Streamlit takes a folder of that name beside app.py for the menu, and would run
its files alone, without the frame, for whoever is the first to visit after a start.
"""
