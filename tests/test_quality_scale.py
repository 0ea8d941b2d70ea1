from pathlib import Path
import re
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).parent.parent
INTEGRATION = REPOSITORY / "custom_components" / "belfabriek"
RULES: dict[str, dict[str, Any]] = yaml.safe_load(
    (INTEGRATION / "quality_scale.yaml").read_text(encoding="utf-8")
)["rules"]
ALL_RULES = """
    action-setup appropriate-polling brands common-modules config-flow config-flow-test-coverage
    dependency-transparency docs-actions docs-conditions docs-high-level-description
    docs-installation-instructions docs-removal-instructions docs-triggers entity-event-setup
    entity-unique-id has-entity-name runtime-data test-before-configure test-before-setup
    unique-config-entry
    action-exceptions config-entry-unloading docs-configuration-parameters
    docs-installation-parameters entity-unavailable integration-owner log-when-unavailable
    parallel-updates reauthentication-flow test-coverage
    devices diagnostics discovery discovery-update-info docs-data-update docs-examples
    docs-known-limitations docs-supported-devices docs-supported-functions docs-troubleshooting
    docs-use-cases dynamic-devices entity-category entity-device-class entity-disabled-by-default
    entity-translations exception-translations icon-translations reconfiguration-flow
    repair-issues stale-devices
    async-dependency inject-websession strict-typing
""".split()


def test_every_rule_is_judged_and_none_is_left_to_do() -> None:
    assert list(RULES) == ALL_RULES
    assert {rule["status"] for rule in RULES.values()} == {"done", "exempt"}


@pytest.mark.parametrize("rule", RULES)
def test_a_judgement_has_its_evidence_and_the_files_it_names_exist(rule: str) -> None:
    comment = RULES[rule]["comment"]
    for path in re.findall(r"[\w/.-]*\w\.(?:py|md|json|png)\b", comment):
        assert (REPOSITORY / path).is_file() or (INTEGRATION / path).is_file(), path
    if quoted := re.match(r'README\.md, "(.+?)"', comment):
        readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
        assert f"\n## {quoted[1]}\n" in readme


@pytest.mark.parametrize("platform", ["binary_sensor", "event", "sensor"])
def test_platforms_leave_the_updates_to_the_coordinator(platform: str) -> None:
    source = (INTEGRATION / f"{platform}.py").read_text(encoding="utf-8")
    assert "\nPARALLEL_UPDATES = 0\n" in source
