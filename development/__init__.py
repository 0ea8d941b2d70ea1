"""A real Home Assistant with the integration in it, for people and for end-to-end tests.

`scripts/develop` is `python -m development`. An end-to-end test takes the pieces: `configuration`
prepares a folder, `home_assistant` runs any version's `hass` on it, `onboarding` signs in,
`api` talks to it and `config_flow` adds an account.
"""
