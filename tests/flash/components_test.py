"""What firmware asks the component registry for: rules that its manager can decide for every choice in menuconfig."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def options_in_rules():
    """(file, option) of each $CONFIG{...}."""
    for path in sorted(ROOT.glob("firmware/*/components/*/idf_component.yml")):
        for option in re.findall(r"\$CONFIG\{(\w+)\}", path.read_text()):
            yield path, option


def entry_of(option):
    """The lines of an option in our Kconfig files."""
    for path in sorted((ROOT / "ports/esp_idf").glob("Kconfig*")):
        entry = re.search(rf"^ *config {option}\n((?: +\S.*\n)+)", path.read_text(), re.MULTILINE)
        if entry:
            return [line.strip() for line in entry[1].splitlines()]
    return []


def is_always_written(entry):
    """Whether sdkconfig has the option whatever is chosen: one that nothing keeps from being asked for, or a number with a
    default. A bool that cannot be chosen is left out, and the manager then ends the build."""
    if not entry or any(line.startswith("depends on") for line in entry):
        return False
    return entry[0].startswith('bool "') or (entry[0] == "int" and entry[-1].removeprefix("default ").isdigit())


class Rules(unittest.TestCase):
    def test_every_option_of_a_rule_is_in_every_configuration(self):
        rules = list(options_in_rules())
        self.assertEqual(len(rules), 2)
        for path, option in rules:
            with self.subTest(path=path, option=option):
                self.assertTrue(is_always_written(entry_of(option)), f"{option} may be missing")

    def test_a_bool_that_depends_on_another_is_not(self):
        self.assertFalse(is_always_written(entry_of("THIMBLE_WIFI")))
        self.assertFalse(is_always_written(entry_of("NO_SUCH_OPTION")))


if __name__ == "__main__":
    unittest.main()
