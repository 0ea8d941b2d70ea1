"""Names and defaults of the integration."""

from datetime import timedelta
import logging
from typing import Final

from .api import Status

DOMAIN: Final = "belfabriek"
LOGGER = logging.getLogger(__package__)

MANUFACTURER: Final = "Belfabriek / CallFactory"
CONFIGURATION_URL: Final = "https://www.belfabriek.nl/"
ISSUE_TRACKER: Final = "https://github.com/hass-belfabriek/belfabriek/issues"

SUBENTRY_TYPE_BUSY_LIGHT: Final = "busy_light"
SUBENTRY_TYPE_EXTENSION: Final = "extension"

ATTR_ANSWERED: Final = "answered"
ATTR_DURATION: Final = "duration"

CONF_ACCOUNT_ID: Final = "account_id"
CONF_ACCOUNT_PIN: Final = "account_pin"
CONF_ALLOW_UNENCRYPTED: Final = "allow_unencrypted"
CONF_BEHAVIOR: Final = "behavior"
CONF_BRIGHTNESS: Final = "brightness"
CONF_CALL_STATE: Final = "call_state"
CONF_COLORS: Final = "colors"
CONF_CONNECTION: Final = "connection"
CONF_CORRECT: Final = "correct"
CONF_COUNT_PER_PERSON: Final = "count_per_person"
CONF_DARK_AFTER: Final = "dark_after"
CONF_EFFECT: Final = "effect"
CONF_EFFECT_STATUSES: Final = "effect_statuses"
CONF_EXTENSION_ID: Final = "extension_id"
CONF_EXTENSIONS: Final = "extensions"
CONF_GIVE_BACK: Final = "give_back"
CONF_LIGHTS: Final = "lights"
CONF_MANAGER_ID: Final = "manager_id"
CONF_ON_CALL_STATUSES: Final = "on_call_statuses"
CONF_PARAMETER_NAMES: Final = "parameter_names"
CONF_SUPERVISOR_ID: Final = "supervisor_id"
CONF_WEBSITE: Final = "website"
CONF_WEBSITE_EXTENSIONS: Final = "website_extensions"
CONF_WEBSITE_HOURS: Final = "website_hours"
CONF_WEBSITE_ID: Final = "website_id"
CONF_WEBSITE_LABEL: Final = "website_label"
CONF_WEBSITE_TEL: Final = "website_tel"
CONF_WORKING_HOURS: Final = "working_hours"

DEFAULT_SCAN_INTERVAL: Final = timedelta(seconds=10)
MIN_SCAN_INTERVAL: Final = timedelta(seconds=5)
MAX_SCAN_INTERVAL: Final = timedelta(minutes=5)
DEFAULT_ON_CALL_STATUSES: Final = (Status.CONNECTING, Status.ON_CALL, Status.HANDLING)
