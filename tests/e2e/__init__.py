"""End-to-end tests in a running Home Assistant and a browser."""
