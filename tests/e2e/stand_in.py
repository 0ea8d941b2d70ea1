"""A page with the cards, and with a stand-in for Home Assistant's frontend."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
import json
from typing import Any, Final

from playwright.sync_api import BrowserContext, Page

from tools import develop

# Home Assistant's own: names are wider in the fonts of some machines.
_FRONTEND: Final = ".venv-journeys/lib/*/site-packages/hass_frontend"
FONTS: Final = next(develop.CHECKOUT.glob(f"{_FRONTEND}/static/fonts/roboto"))
SCRIPT: Final = develop.INTEGRATION / "www" / "team.js"
# At most 24 characters, which a wall never cuts.
PEOPLE: Final = tuple(
    """Demi van de Wetering|Klantenservice Amsterdam|Anne-Marie de Vries|Jo|Bartholomeus Hoogland
Reception|Mohammed El Yaacoubi|Sophie Vandenbroucke|Night desk|Willemijn Wiersma-Maas
Fatima Özdemir|Jean-Baptiste Lefèvre|Kees|Noor van 't Hoff|Maximilian Oberhauser
Wachtmeesters 2e lijn|Esra Yildiz|Support|Charlotte Montgomery|Tim de Groot
Lotte Timmermans|Abdelkader Benali|Eva|Guus Schouten-Kuipers|Workshop
Marieke van den Heuvel|Ruud|Hannah Schmidt|Sales Noord-Nederland|Pieter-Jan Verstraeten
Ola|Wilhelmina Wassenaar|Yusuf Demir|Isabelle de la Fontaine|Bas
Krankenhausverwaltung|Daan Mulder|Emma Bakker|Administratie|Zoë Papadopoulos""".replace(
        "\n", "|"
    ).split("|")
)

ADDRESS: Final = "http://card.test/"
STATUSES: Final = (
    "ready",
    "on_call",
    "wrap_up",
    "paused",
    "offline",
    "connecting",
    "handling",
    "not_available",
)
NAMES: Final = ("Reception", "Sales", "Support", "Workshop", "Night desk")
COUNTERS: Final = {
    "extensions_available": "4",
    "extensions_ready": "1",
    "extensions_on_call": "1",
    "calls": "269",
    "talk_time": "20.5",
    "wrap_up_time": "4.5",
    "ready_time": "31.25",
}

_FACES: Final = "".join(
    f"@font-face {{ font-family: Roboto; font-weight: {weight}; src: url(fonts/{name}.woff2); }}\n"
    for name, weight in (("Roboto-Regular", 400), ("Roboto-Medium", 500), ("Roboto-Bold", 700))
)
PAGE: Final = """
<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<style>
FONTS
  body { margin: 8px; font-family: Roboto, sans-serif; background: #fafafa;
    --primary-text-color: #141414; --secondary-text-color: #5e5e5e;
    --card-background-color: #fff; --primary-background-color: #fafafa;
    --primary-color: #009ac7; --green-color: #4caf50; --red-color: #f44336;
    --orange-color: #ff9800; --blue-color: #2196f3; --state-inactive-color: #9e9e9e;
    --warning-color: #ffa600; --ha-font-size-s: 12px; --ha-font-size-m: 14px;
    --ha-font-size-l: 16px; --ha-font-size-2xl: 24px; }
  body.wall { margin: 0; }
  body.dark { background: #111; --primary-background-color: #111;
    --primary-text-color: #e1e1e1; --secondary-text-color: #9b9b9b;
    --card-background-color: #1c1c1c; }
  body.custom { background: #002b36; --primary-text-color: #fdf6e3;
    --card-background-color: #073642;
    --green-color: #859900; --red-color: #dc322f; --warning-color: #b58900; }
</style>
<script>
  window.timers = new Set();
  const [set, clear] = [window.setTimeout, window.clearTimeout];
  window.setTimeout = (work, delay) => {
    const id = set(() => { timers.delete(id); work(); }, delay);
    timers.add(id);
    return id;
  };
  window.clearTimeout = (id) => { timers.delete(id); clear(id); };
  window.setInterval = () => { throw new Error("one timer is enough"); };
  window.opened = [];
  window.addEventListener("hass-action", ({ detail: { config, action } }) =>
    opened.push([action, config.entity, config[`${action}_action`]?.action]));
  window.addEventListener("hass-more-info", ({ detail }) => opened.push(["more", detail.entityId]));
  customElements.define("ha-form", class extends HTMLElement {});
  customElements.define("ha-card", class extends HTMLElement {
    connectedCallback() {
      this.style.background = "var(--card-background-color)";
      this.style.borderRadius = "12px";
    }
  });
  window.hide = (hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
    return card.updateComplete;
  };
  const words = (state) => {
    const text = state.state.replace("_", " ");
    return hass.words?.[state.state] ?? text[0].toUpperCase() + text.slice(1);
  };
  window.asked = [];
  window.answers = { "belfabriek/ages": { ENTRY: 3 } };
  window.callWS = async (message) => {
    if (message.type === "frontend/get_translations") {
      return { resources: translations[message.language] ?? translations.en };
    }
    asked.push(message);
    const answer = answers[`${message.type} ${message.period ?? ""}`.trim()];
    if (!answer) throw new Error("there is no recorder");
    return answer;
  };
  window.renders = 0;
  window.start = async (hass, config) => {
    window.hass = { ...hass, formatEntityState: words, callWS };
    window.card?.remove();
    window.card = document.createElement("belfabriek-team-card");
    const render = card.render;
    card.render = () => { renders += 1; return render.call(card); };
    card.setConfig({ type: "custom:belfabriek-team-card", ...config });
    card.hass = window.hass;
    document.body.classList.toggle("wall", config.layout === "wall");
    document.body.append(card);
    await settle();
    card.tick();
    await card.updateComplete;
  };
  // Also what the observer of sizes and the answers cause.
  window.settle = async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      await card.updateComplete;
      await new Promise((resolve) => requestAnimationFrame(() => set(resolve)));
      await document.fonts.ready;
    }
    await card.updateComplete;
  };
  window.update = (changes) => {
    const states = { ...hass.states };
    const now = new Date().toISOString();
    for (const [id, change] of Object.entries(changes)) {
      const moved = change.state !== undefined && change.state !== states[id]?.state;
      states[id] = { ...states[id], ...(moved ? { last_changed: now } : {}), last_updated: now,
        ...change };
    }
    window.hass = { ...hass, states };
    card.hass = hass;
    return card.updateComplete;
  };
</script>
<script type="module">
  await import("/script.js?1");
  await import("/script.js?2");
  customElements.define("home-assistant", class extends HTMLElement {});
</script>
<body>
""".replace("FONTS", _FACES)


def afternoon() -> tuple[str, datetime]:
    """Return a time zone in which it is the afternoon, and when the day began there."""
    now = datetime.now(UTC)
    ahead = 14 - now.hour
    midnight = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=14)
    return f"Etc/GMT{-ahead:+}", midnight


def words(language: str) -> dict[str, str]:
    """Return the names of the statuses as Home Assistant shows them."""
    path = develop.INTEGRATION / "translations" / f"{language}.json"
    names: dict[str, str] = json.loads(path.read_text("utf-8"))["entity"]["sensor"]["status"][
        "state"
    ]
    return names


def home(
    names: tuple[str, ...] = NAMES,
    statuses: tuple[str, ...] = STATUSES,
    language: str = "en",
    **more: object,
) -> dict[str, Any]:
    """Return a `hass` object; every status is one minute older than the previous one."""
    now = datetime.now(UTC)
    entities: dict[str, Any] = {"light.kitchen": {"entity_id": "light.kitchen", "platform": "hue"}}
    states: dict[str, Any] = {"light.kitchen": {"entity_id": "light.kitchen", "state": "on"}}

    def add(device: str, key: str, state: str, since: datetime | None = None) -> None:
        entity_id = f"sensor.{device}_{key}x"
        entities[entity_id] = {
            "entity_id": entity_id,
            "platform": "belfabriek",
            "translation_key": key,
            "device_id": device,
        }
        changed = (since or now).isoformat()
        states[entity_id] = {
            "entity_id": entity_id,
            "state": state,
            "attributes": {"since": changed} if since and state != "unavailable" else {},
            "last_changed": changed,
            "last_updated": changed,
        }

    account = {"id": "a", "identifiers": [["belfabriek", "ENTRY"]], "via_device_id": None}
    devices: dict[str, Any] = {"a": {**account, "name": "Belfabriek", "name_by_user": None}}
    for number, name in enumerate(names):
        device = f"d{number}"
        devices[device] = {
            "id": device,
            "identifiers": [["belfabriek", f"SUB{number}"]],
            "via_device_id": "a",
            "name": name,
            "name_by_user": None,
        }
        since = now - timedelta(minutes=number, seconds=30)
        add(device, "status", statuses[number % len(statuses)], since)
    for key, count in COUNTERS.items():
        add("a", key, count)
    return {
        "language": language,
        "config": {"time_zone": afternoon()[0]},
        "connected": True,
        "entities": entities,
        "devices": devices,
        "states": states,
        **more,
    }


def _translations() -> dict[str, dict[str, str]]:
    """Return the texts by language and key, as Home Assistant sends them to its frontend."""
    found: dict[str, dict[str, str]] = {}

    def add(language: str, key: str, texts: Any) -> None:  # noqa: ANN401 - whatever JSON says
        if isinstance(texts, str):
            found[language][key] = texts
        else:
            for name, each in texts.items():
                add(language, f"{key}.{name}", each)

    for path in (develop.INTEGRATION / "translations").glob("*.json"):
        found[path.stem] = {}
        add(path.stem, "component.belfabriek", json.loads(path.read_text("utf-8")))
    return found


@contextmanager
def opened(context: BrowserContext) -> Iterator[Page]:
    """Open a page that has loaded the script twice, and on which nothing fails."""
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.add_init_script(f"window.translations = {json.dumps(_translations())}")
    page.route(f"{ADDRESS}**", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    page.route(
        f"{ADDRESS}fonts/*",
        lambda route: route.fulfill(path=FONTS / route.request.url.rpartition("/")[2]),
    )
    page.route(f"{ADDRESS}script.js*", lambda route: route.fulfill(path=SCRIPT))
    page.goto(ADDRESS)
    page.wait_for_function("() => Boolean(customElements.get('belfabriek-team-card'))")
    yield page
    assert problems == []


def show(page: Page, hass: Mapping[str, Any] | None = None, **config: object) -> None:
    """Put the card on the page, in place of an earlier one."""
    page.evaluate("([hass, config]) => start(hass, config)", [hass or home(), config])
