"""The front desk: the Streamlit workflow. Pages describe; the domain packages decide."""
