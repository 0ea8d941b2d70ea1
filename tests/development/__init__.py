"""Tests of what `scripts/develop` is made of.

A real `hass` is started by the end-to-end tests only. What talks to Home Assistant talks here to
the one of the test harness, over real HTTP.
"""
