from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from xml.etree import ElementTree as ET

from homeassistant.core import HomeAssistant
import pytest

from benchmarks import cli, document, promises, scene, sections, wire
from benchmarks.contenders import CONTENDERS, Aioxmlrpc, Contender, Floor, Ours, Rest
from benchmarks.figures import Series
from benchmarks.growth import Growth
from benchmarks.latency import Latency, Sight, latency_of
from benchmarks.markdown import milliseconds, table
from benchmarks.options import FULL, QUICK
from benchmarks.plot import Panel, draw
from benchmarks.polls import Cost, Polls, Setting, rounds_of
from benchmarks.remote import RemoteServer, running_server
from benchmarks.results import Results
from benchmarks.server import Change, Traffic
from benchmarks.work import Entry, Work, Works, Writes

COUNT = 10


class TestFigures:
    def test_a_series_has_a_median_and_a_spread(self) -> None:
        series = Series.of([3.0, 1.0, 2.0, 10.0])
        assert (series.median, series.low, series.high) == (2.5, 1.0, 10.0)

    def test_a_ratio_is_of_the_same_round(self) -> None:
        assert Series.of([2.0, 30.0, 5.0]).over(Series.of([1.0, 10.0])).values == (2.0, 3.0)

    def test_percentiles_are_between_the_values(self) -> None:
        assert Series.of(range(101)).percentile(95) == 95
        assert Series.of([4.0]).percentile(5) == 4

    def test_nothing_measured_is_no_series(self) -> None:
        with pytest.raises(ValueError, match="nothing was measured"):
            Series.of([])


class TestSetting:
    @pytest.mark.parametrize(
        ("count", "delay", "seconds"), [(100, 20, 0.375), (1000, 50, 9.375), (1, 20, 0.02)]
    )
    def test_the_limit_is_requests_over_concurrency_times_delay(
        self, count: int, delay: int, seconds: float
    ) -> None:
        assert Setting(count, delay).limit == pytest.approx(seconds)

    def test_what_takes_long_is_polled_less_often(self, hass: HomeAssistant) -> None:
        options = replace(FULL, rounds=5, patience=8.0)
        contenders = {
            contender: contender(hass, "http://127.0.0.1:1/", 1) for contender in CONTENDERS
        }
        rounds = {
            contender.name: rounds_of(contenders[contender], Setting(1000, 50), options)
            for contender in CONTENDERS
        }
        assert rounds.pop("ServerProxy, sequential") == 1
        assert set(rounds.values()) == {2}
        assert rounds_of(contenders[Ours], Setting(1, 50), options) == 5


class TestWire:
    def test_finds_the_end_of_a_request(self) -> None:
        request = b"POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\nab"
        assert wire.request_end(request[:-1]) is None
        assert wire.request_end(request[:20]) is None
        assert wire.request_end(request + b"POST") == len(request)
        with pytest.raises(ValueError, match="no length"):
            wire.request_end(b"GET / HTTP/1.1\r\n\r\n")

    def test_what_is_no_call_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no method"):
            wire.question(b"<methodName>ivr.getAgentAvail</methodName>")


class TestLatency:
    def test_is_from_a_change_to_the_first_sight_of_it(self, hass: HomeAssistant) -> None:
        ours = Ours(hass, "", 1)
        idle = scene.answer_of(scene.initial_state(0))
        called = replace(idle, call_state="called")
        entity_id, shown = ours.shows("00001", called)
        assert (entity_id, shown) == ("sensor.agent_00001_status", "on_call")
        latency = latency_of(
            ours,
            [
                Change(1.0, "00001", called),
                Change(9.0, "00001", idle),
                Change(12.0, "00001", called),
                Change(15.0, "00001", idle),
            ],
            [
                Sight(0.5, entity_id, "on_call"),
                Sight(1.5, "sensor.agent_00002_status", "on_call"),
                Sight(3.5, entity_id, "on_call"),
                Sight(4.5, entity_id, "on_call"),
                Sight(10.0, entity_id, "available"),
                Sight(15.5, entity_id, "on_call"),
                Sight(16.0, entity_id, "available"),
            ],
        )
        assert latency == Latency(seconds=[2.5, 1.0, 1.0], missed=1)


@pytest.fixture(scope="module")
def server() -> Iterator[RemoteServer]:
    """Return the benchmark's server, which is a process of its own."""
    with running_server() as running:
        yield running


@pytest.fixture
async def contender(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    enable_custom_integrations: None,
    server: RemoteServer,
) -> AsyncIterator[Contender]:
    """Return a contender that has polled once."""
    kind: type[Contender] = request.param
    if kind is Aioxmlrpc:
        pytest.importorskip("aioxmlrpc", reason="scripts/benchmark installs it")
    if issubclass(kind, Rest):
        pytest.importorskip("xmltodict", reason="scripts/benchmark installs it")
        pytest.importorskip("jsonpath", reason="scripts/benchmark installs it")
    server.prepare(COUNT, 0)
    running = kind(hass, server.url, COUNT)
    await running.start()
    await running.poll()
    server.take_traffic()
    yield running
    await running.stop()


def expected() -> dict[str, scene.Answer]:
    return {
        extension_id: scene.answer_of(scene.initial_state(index))
        for index, extension_id in enumerate(scene.extension_ids(COUNT))
    }


each_that_reads = pytest.mark.parametrize(
    "contender",
    [each for each in CONTENDERS if each is not Floor],
    indirect=True,
    ids=lambda each: each.name,
)


class TestContenders:
    @each_that_reads
    async def test_brings_what_the_server_says(
        self, contender: Contender, server: RemoteServer
    ) -> None:
        assert contender.answers() == expected()

        server.change(["00001"], call_state="called")
        server.change(["00003"], available=False)
        await contender.poll()
        changed = {
            "00001": replace(expected()["00001"], call_state="called"),
            "00003": replace(expected()["00003"], available=False, call_state=""),
        }
        assert contender.answers() == expected() | changed

    @pytest.mark.parametrize("contender", [Ours], indirect=True)
    async def test_ours_and_the_floor_send_the_same_bytes(
        self, hass: HomeAssistant, contender: Contender, server: RemoteServer
    ) -> None:
        await contender.poll()
        ours = server.take_traffic()
        floor = Floor(hass, server.url, COUNT)
        await floor.start()
        await floor.poll()
        server.take_traffic()
        await floor.poll()
        await floor.stop()
        assert ours == server.take_traffic()
        assert (ours.requests, ours.connections) == (scene.requests_of(COUNT), 0)

    @pytest.mark.parametrize("contender", [Ours], indirect=True)
    async def test_ours_shows_changes_where_the_benchmark_looks(
        self, hass: HomeAssistant, contender: Contender
    ) -> None:
        assert isinstance(contender, Ours)
        for extension_id, answer in contender.answers().items():
            entity_id, shown = contender.shows(extension_id, answer)
            state = hass.states.get(entity_id)
            assert state is not None
            assert state.state == shown


def results(
    *,
    wall: float = 1.0,
    memory: float = 1000.0,
    growth: float = 10.0,
    counts: tuple[int, ...] = (100, 1000),
) -> Results:
    """Return results in which ours takes `wall` times as long as everything else."""
    costs = {
        Setting(count, delay): {
            each.name: Cost(
                wall=[count * (wall if each is Ours else 1.0)] * 2, cpu=[count / 1000] * 2
            )
            for each in CONTENDERS
        }
        for count in counts
        for delay in FULL.delays
    }
    traffic = {
        count: {each.name: Traffic(scene.requests_of(count), 2, 3) for each in CONTENDERS}
        for count in counts
    }
    works = Works(
        polls={
            (count, share, Ours.name): Work([count / 10], [count / 200], [Writes(7, 0, 7)])
            for count in counts
            for share in (0, 1, 10)
        },
        entries={
            (count, Ours.name): Entry([1.0], [1.0], memory if count == 1000 else 100.0)
            for count in counts
        },
    )
    growths = {
        "CPU, 0 ms": Growth(Series.of([1.0, 2.0, 4.0]), Series.of([growth, 2 * growth, 80.0]))
    }
    return Results(
        options=replace(FULL, counts=counts, work_counts=counts),
        growths=growths if 1000 in counts else {},
        polls=Polls(costs, traffic, {100: [("nothing changes", 150, 150)]}),
        works=works,
        latencies={(5, Ours.name): Latency([1.0, 2.0])},
        minutes=12.0,
        busy=1.0,
    )


class TestPromises:
    def lost(self, measured: Results) -> set[str]:
        return {each.text for each in promises.check(measured) if not each.held}

    def test_a_bound_that_is_kept_is_held(self) -> None:
        assert not any("over bare aiohttp" in text for text in self.lost(results(wall=1.09)))

    def test_a_bound_that_is_not_kept_is_not_held(self) -> None:
        assert "Wall time of a poll over bare aiohttp, 1000 extensions, 20 ms" in self.lost(
            results(wall=1.11)
        )

    def test_growth_is_of_every_cost(self) -> None:
        assert not any("Growth" in text for text in self.lost(results()))
        assert "Growth from 100 to 1000 extensions: memory" in self.lost(results(memory=1051.0))
        assert "Growth from 100 to 1000 extensions: CPU, 0 ms" in self.lost(results(growth=10.6))

    def test_one_state_write_too_many_is_not_held(self) -> None:
        measured = results()
        measured.works.polls[100, 0, Ours.name].writes.append(Writes(0, 1, 0))
        text = "State writes are exactly the entities whose value changed"
        assert text in self.lost(measured) - self.lost(results())

    def test_one_request_too_many_is_not_held(self) -> None:
        measured = results()
        measured.polls.traffic[1000][Ours.name].requests += 1
        text = "Requests of a poll in a steady state are exactly N + available"
        assert self.lost(measured) - self.lost(results()) == {text}


class TestDocument:
    def test_says_of_every_promise_whether_it_is_held(self) -> None:
        measured = results()
        text = document.render(measured)
        for promise in promises.check(measured):
            held = "yes" if promise.held else "**no**"
            assert f"| {promise.text} | {promise.bound} | {promise.measured} | {held} |" in text

    def test_says_if_the_machine_was_busy(self) -> None:
        assert "busy" not in document.render(results())
        assert "busy" in document.render(replace(results(), busy=8.0))

    def test_leaves_out_what_a_quick_run_does_not_measure(self) -> None:
        assert "## Growth" in document.render(results())
        assert "## Growth" not in document.render(results(counts=(100,)))

    def test_a_table_has_a_line_for_each_row(self) -> None:
        assert table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"

    def test_a_spread_is_shown_where_there_is_one(self) -> None:
        assert milliseconds(Series.of([0.001])) == "1.0"
        assert milliseconds(Series.of([0.001, 0.003])) == "2.0 (1.0 to 3.0)"

    def test_the_plot_has_a_line_for_each_contender_and_the_limit(self) -> None:
        picture = document.plot(results())
        root = ET.fromstring(picture)
        texts = {element.text for element in root.iter() if element.text}
        assert {each.name for each in CONTENDERS} | {sections.LIMIT} <= texts

    def test_the_axes_of_the_plot_are_logarithmic(self) -> None:
        picture = draw([Panel("p", {"a": [(1, 0.01), (10, 0.1), (100, 1.0)]})], dashed="")
        assert "M0.0 280.0L145.0 140.0L290.0 0.0" in picture


class TestCommand:
    def test_explains_itself(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit, match="0"):
            cli.main(["--help"])
        assert "--quick" in capsys.readouterr().out

    def test_wants_at_least_one_round(self) -> None:
        with pytest.raises(SystemExit, match="2"):
            cli.main(["--rounds", "0"])

    def test_quick_is_less_of_everything(self) -> None:
        assert set(QUICK.counts) < set(FULL.counts)
        assert QUICK.rounds < FULL.rounds
