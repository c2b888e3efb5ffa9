"""Numbers Presente promises, printed as JSON with the machine they came from."""
