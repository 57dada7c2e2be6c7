"""The facts and tables that images are made from: partition tables of the firmware, boards and chips."""

import json
import re
import unittest
from pathlib import Path

from partition_table import APP_ALIGNMENT, SECTOR, Partition, faults, read_csv

ROOT = Path(__file__).resolve().parents[2]
TABLES = {4: "partitions.csv", 8: "partitions_8mb.csv", 16: "partitions_16mb.csv"}  # by megabytes of flash
NETWORK_TABLES = {size: name.replace("partitions", "partitions_network") for size, name in TABLES.items()}
BOARD_KEYS = {"title", "chip", "flash", "psram", "card", "also", "reserved", "console", "sources"}
CHIP_KEYS = {"name", "cores", "cpu_mhz", "bootloader_offset", "mapped_flash_bytes", "boot_pin", "usb_serial_jtag"}
CHIP_KEYS |= {"internal", "planning", "sources"}
KINDS = {"measured", "emulated", "datasheet", "derived", "guess"}  # of what planning counts with


def load(folder: str) -> dict[str, dict]:
    return {path.stem: json.loads(path.read_text()) for path in sorted((ROOT / folder).glob("*.json"))}


def default_of(kconfig: str, name: str, truths: set[str]) -> str:
    """The first default of an option whose condition holds, which is a name or several with || between them."""
    entry = re.search(rf"^    config {name}\n((?:        .*\n|\n)*)", kconfig, re.M)[1]
    for value, condition in re.findall(r"^        default (\S+)(?: if (.*))?$", entry, re.M):
        if not condition or truths & set(condition.split(" || ")):
            return value
    raise AssertionError(f"{name} has no default")


class PartitionTables(unittest.TestCase):
    def check_sound(self, name: str, megabytes: int) -> list[Partition]:
        table = read_csv(ROOT / "firmware/storyteller" / name)
        self.assertEqual(faults(table, megabytes << 20), [], name)
        self.assertEqual(max(p.end for p in table), megabytes << 20, name)
        for model in [p for p in table if p.label.startswith("model")]:
            self.assertEqual(model.offset % APP_ALIGNMENT, 0, name)  # mapped by the page
        return table

    def test_every_table_is_sound_and_fills_its_flash(self):
        names = {p.name for p in (ROOT / "firmware/storyteller").glob("partitions*.csv")}
        self.assertEqual(names, set(TABLES.values()) | set(NETWORK_TABLES.values()))
        for megabytes, name in TABLES.items():
            table = self.check_sound(name, megabytes)
            self.assertEqual([p.label for p in table if p.type == "app"], ["factory"], name)
            self.assertEqual([p.label for p in table if p.label.startswith("model")], ["model"], name)

    def test_tables_with_the_network_hold_two_of_each(self):
        for megabytes, name in NETWORK_TABLES.items():
            table = self.check_sound(name, megabytes)
            by_label = {p.label: p for p in table}
            self.assertEqual(by_label["model"].size, by_label["model_b"].size, name)
            apps = [p for p in table if p.type == "app"]
            self.assertEqual(len({p.size for p in apps}), 1, name)
            self.assertGreaterEqual(apps[0].size, 0x190000, name)  # the program, its page and its radio
            if megabytes == 4:
                self.assertEqual([p.label for p in apps], ["factory"], name)
                continue
            self.assertEqual([p.label for p in apps], ["ota_0", "ota_1"], name)
            self.assertEqual((by_label["otadata"].subtype, by_label["otadata"].size), (0, 2 * SECTOR), name)

    # Settings survive a change from one table to another.
    def test_settings_lie_in_one_place(self):
        for name in [*TABLES.values(), *NETWORK_TABLES.values()]:
            nvs = next(p for p in read_csv(ROOT / "firmware/storyteller" / name) if p.label == "nvs")
            self.assertEqual((nvs.offset, nvs.size), (0x9000, 0x6000), name)

    def test_what_the_parser_refuses(self):
        good = Partition("factory", "app", 0, 0x10000, 0x100000)
        self.assertEqual(faults([good], 4 << 20), [])
        for bad, words in [
            (Partition("a", "app", 0, 0x11000, 0x1000), "no multiple of 0x10000"),
            (Partition("a", "data", 6, 0x9001, 0x1000), "no multiple of 0x1000"),
            (Partition("a", "data", 6, 0x8000, 0x1000), "in front of 0x9000"),
            (Partition("a", "data", 6, 0x10000, 0x1000), "in front of"),
            (Partition("a", "data", 6, 0x3FF000, 0x2000), "4096 bytes behind the flash"),
            (Partition("factory", "data", 6, 0x200000, 0x1000), "one label"),
            (Partition("a-label-that-is-too-long", "data", 6, 0x200000, 0x1000), "no label"),
        ]:
            self.assertIn(words, " ".join(faults([good, bad], 4 << 20)), bad)


class Boards(unittest.TestCase):
    def setUp(self):
        self.boards, self.chips = load("boards"), load("boards/chips")

    def test_every_key_is_there_and_has_a_source(self):
        for kind, keys in (self.boards, BOARD_KEYS), (self.chips, CHIP_KEYS):
            for name, facts in kind.items():
                self.assertEqual(set(facts), keys, name)
                sourced = {key.strip() for entry in facts["sources"] for key in entry.split(",")}
                own = {"title", "chip", "name", "also", "sources", "internal", "planning"}  # names, and what states its source itself
                without = {key for key, value in facts.items() if value is not None} - own - sourced
                self.assertEqual(without, set(), f"{name}: no source")
                self.assertEqual([entry for entry in facts["sources"].values() if not entry], [], name)

    def test_boards_are_possible(self):
        for name, board in self.boards.items():
            self.assertIn(board["chip"], self.chips, name)
            self.assertIn(board["flash"]["bytes"] >> 20, TABLES, name)
            self.assertIn(board["flash"]["mode"], ("dio", "qio"), name)
            if psram := board["psram"]:
                self.assertLessEqual(psram["mapped_bytes"], psram["bytes"], name)
                self.assertIn(psram["mode"], ("quad", "octal", "hex"), name)
            pins = [pin for entry in board["reserved"] for pin in entry["pins"]]
            self.assertEqual(len(pins), len(set(pins)), f"{name}: a pin is taken twice")
            self.assertIn(self.chips[board["chip"]]["boot_pin"], pins, name)
            if psram and psram["mode"] == "octal":
                self.assertLessEqual({33, 34, 35, 36, 37}, set(pins), name)

    def test_cards_are_possible(self):
        for name, board in self.boards.items():
            if not (card := board["card"]):
                continue
            wires = {1: ("clk", "cmd", "d0"), 4: ("clk", "cmd", "d0", "d1", "d2", "d3")}[max(card["lines"])]
            self.assertEqual(set(card), {"host", "lines", *wires}, name)
            self.assertEqual(len({card[wire] for wire in wires}), len(wires), f"{name}: a pin carries two lines")
            reserved = {pin for entry in board["reserved"] if "SD card" in entry["use"] for pin in entry["pins"]}
            self.assertEqual({card[wire] for wire in wires}, reserved, name)

    # What menuconfig takes for a board's slot is what its file says.
    def test_menuconfig_knows_the_pins(self):
        kconfig = (ROOT / "ports/esp_idf/Kconfig").read_text(encoding="utf-8")
        slots = {"esp32-cam": "ESP32_CAM", "esp32-s3-eye-n8r8": "S3_EYE", "esp32-p4-function-ev": "P4_FUNCTION_EV"}
        self.assertEqual({name for name, board in self.boards.items() if board["card"]}, set(slots))
        for name, slot in slots.items():
            self.assertIn(f"config THIMBLE_CARD_{slot}\n", kconfig)
            board = self.boards[name]
            truths = {f"THIMBLE_CARD_{slot}", "THIMBLE_CARD_SDMMC", f"IDF_TARGET_{board['chip'].upper()}"}
            chosen = set() if board["chip"] == "esp32" else set(board["card"])  # its host has one set of pins
            for wire in chosen - {"host", "lines"}:
                pin = default_of(kconfig, f"THIMBLE_CARD_{wire.upper()}", truths)
                self.assertEqual(pin, str(board["card"][wire]), f"{name}: {wire}")
            lines = default_of(kconfig, "THIMBLE_CARD_LINES", truths)
            self.assertIn(int(lines), board["card"]["lines"], name)

    def test_the_document_has_every_board(self):
        document = (ROOT / "docs/BOARDS.md").read_text(encoding="utf-8")
        self.assertEqual(sorted(re.findall(r"^\| `(esp32[\w-]*)` \|", document, re.M)), sorted(self.boards))

    def test_suffix_of_the_module_agrees(self):
        for name, board in self.boards.items():
            if suffix := re.search(r"-n(\d+)(?:r(\d+))?$", name):
                self.assertEqual(board["flash"]["bytes"], int(suffix[1]) << 20, name)
                self.assertEqual((board["psram"] or {"bytes": 0})["bytes"], int(suffix[2] or 0) << 20, name)
                if suffix[2]:
                    self.assertEqual(board["psram"]["mode"], "quad" if suffix[2] == "2" else "octal", name)

    def test_names_of_boards_are_told_apart(self):
        names = list(self.boards) + [name for board in self.boards.values() for name in board["also"]]
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(names, [name.lower() for name in names])

    def test_planning_has_kinds_and_sources(self):
        kernels = load("boards/kernels")
        for name, chip in self.chips.items():
            planning = chip["planning"]
            self.assertIn(planning["kernels"], kernels, name)
            self.assertEqual(planning["fork_join_us"] is None, chip["cores"] == 1, name)
            facts = [planning[key] for key in ("cycles_per_instruction", "fork_join_us", "active_ma", "wifi")]
            for fact in [fact for fact in facts if fact] + planning["memories"]:
                self.assertIn(fact["kind"], KINDS, name)
                self.assertTrue(fact["source"], name)
            for memory in planning["memories"]:
                self.assertGreater(memory["mb_s"], 0, name)
                self.assertGreaterEqual(memory["all_cores_mb_s"], memory["mb_s"], name)
        for name, costs in kernels.items():
            self.assertIn(costs["kind"], ("emulated", "predicted"), name)
            self.assertIn(costs["unit"], ("instructions", "cycles"), name)

    # Of each memory that a board has, the speed is known with lines of both lengths that its chip can have.
    def test_every_memory_has_a_speed(self):
        for name, board in self.boards.items():
            known = [(m["memory"], m["mode"], m["mhz"]) for m in self.chips[board["chip"]]["planning"]["memories"]]
            for memory in ("flash", "psram"):
                if board[memory]:
                    self.assertIn((memory, board[memory]["mode"], board[memory]["mhz"]), known, name)

    def test_chips_are_known_by_kind(self):
        for name, chip in self.chips.items():
            internal = chip["internal"]
            self.assertIn(internal["kind"], ("measured", "emulated", "predicted"), name)
            self.assertEqual(internal["blocks"], sorted(internal["blocks"], reverse=True), name)
            self.assertTrue(internal["source"], name)


if __name__ == "__main__":
    unittest.main()
