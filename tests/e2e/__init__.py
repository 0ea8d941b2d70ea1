"""The integration as it is used: in a Home Assistant that runs, in a browser."""
