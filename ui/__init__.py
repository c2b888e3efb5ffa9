"""The front desk: the Streamlit workflow. Pages describe; the domain packages decide.

launch.py    how the server is started        app.py      the entrance: who sees which screens
session.py   who is here, in which language   screens/    the pages      steps/   the steps of a case
casefile.py  what a case holds, for a page    jobs.py, worker.py   the render, out of the page
"""
