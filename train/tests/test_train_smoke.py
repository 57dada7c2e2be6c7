"""Trains a toy for a few steps and runs the result in the engine: both must compute the same."""

import contextlib
import dataclasses
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import numpy as np
    import torch

    from train import engine, shapes
    from train.data import AGAIN_WEIGHT, Batches, Stories
    from train.evaluate import evaluate, fitting
    from train.export import export, halves_from_pairs, load_model
    from train.model import Model
    from train.quantize import Quantizer, q4_group_scales, round_cached, round_q4
    from train.marks import unmarked
    from train.stories import read_stories, write_stories
    from train.tokenizer import load_tokenizer, train_tokenizer
    from train.train import Recipe, Trainer, fastest_threads, heldout_loss, warning
except ImportError as error:
    raise unittest.SkipTest(f"{error.name} is not installed: pip install -r train/requirements.txt")

SHAPE = shapes.Shape(dim=32, hidden_dim=96, n_layers=2, n_heads=4, n_kv_heads=2, vocab_size=512, context=384)
RECIPE = Recipe(steps=120, batch=8, rate=1e-2, matrix_rate=2e-2, warmup=10, decay=0.5, qat="none", qat_share=0.5,
                weight_decay=0.05, seed=3)
CPU = torch.device("cpu")


def toy_text(folder: Path, count: int, seed: int) -> Path:
    out = folder / f"stories-{seed}.txt"
    command = [sys.executable, "-m", "train.corpus", "--count", str(count), "--seed", str(seed), "--out", str(out)]
    subprocess.run(command, check=True, cwd=engine.ROOT, capture_output=True)
    return out


class SmokeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        if not engine.program().exists():
            raise unittest.SkipTest(f"{engine.program()} is missing: build it, or set THIMBLE_BIN")
        torch.set_num_threads(1)
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = Path(cls.temporary.name)
        cls.text, cls.heldout_text = toy_text(cls.folder, 600, 1), toy_text(cls.folder, 60, 2)
        write_stories(cls.heldout_text, list(read_stories(cls.heldout_text)))  # the engine counts every token
        cls.tokenizer = cls.folder / "tokenizer.model"
        cls.tokenizer.write_bytes(train_tokenizer(list(read_stories(cls.text)), SHAPE.vocab_size))
        cls.stories = Stories.load(cls.text, cls.tokenizer, SHAPE.context)
        cls.heldout = Stories.load(cls.heldout_text, cls.tokenizer, SHAPE.context)
        cls.trained = {qat: cls.train(qat) for qat in ("none", "q8", "q4")}

    @classmethod
    def train(cls, qat: str, name: str | None = None, until: int | None = None, **more: object) -> Trainer:
        """Resumes when the folder has a checkpoint; quietly."""
        recipe = Recipe(**{**RECIPE.__dict__, "qat": qat, **more})
        trainer = Trainer(SHAPE, recipe, cls.folder / (name or f"toy-{qat}"))
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
            trainer.resume(None)
            trainer.run(cls.stories, cls.heldout, until)
        return trainer

    def assert_same_weights(self, a: Trainer, b: Trainer) -> None:
        for (name, ours), theirs in zip(a.model.named_parameters(), b.model.parameters(), strict=True):
            self.assertTrue(torch.equal(ours, theirs), name)

    def converted(self, qat: str, kind: str) -> Path:
        """The model trained for `qat`, through its checkpoint and both exports, as a .thm of `kind`."""
        folder = self.folder / f"export-{qat}"
        model, kept = load_model(self.trained[qat].folder / "checkpoint.pt")
        self.assertEqual(kept, qat)
        export(model, Quantizer(qat), folder)
        out = folder / f"{kind}.thm"
        engine.convert(folder / "model.bin", out, self.tokenizer, kind)
        return out

    def engine_loss(self, thm: Path) -> float:
        kept = fitting(list(read_stories(self.heldout_text)), self.tokenizer, SHAPE.context)
        return evaluate([thm], kept)[0][1].nats

    def test_it_learns(self) -> None:
        before = heldout_loss(Model(SHAPE), self.heldout, Quantizer("none"), CPU)
        after = heldout_loss(self.trained["none"].model, self.heldout, Quantizer("none"), CPU)
        self.assertGreater(before, 6)
        self.assertLess(after, 4)

    def test_engine_tells_what_pytorch_tells(self) -> None:
        thm = self.converted("none", "f32")
        for prompt in ("Once upon a time", "", "Zoë 🙂 sat\nand"):
            start = [1, *load_tokenizer(self.tokenizer).encode(prompt)]
            expected = self.trained["none"].model.greedy(start, 50)
            told = engine.run(thm, prompt, "--temp", 0, "-n", 50, "--ignore-eos")
            self.assertEqual(told.ids, start + expected, prompt)

    def test_losses_agree(self) -> None:
        # (trained for, engine's type, tolerance in nats): floats differ by rounding, integers by what is left out
        for qat, kind, tolerance in (("none", "f32", 2e-5), ("q8", "q8", 2e-3), ("q4", "q4", 2e-3)):
            ours = heldout_loss(self.trained[qat].model, self.heldout, Quantizer(qat), CPU, with_end=False)
            theirs = self.engine_loss(self.converted(qat, kind))
            self.assertAlmostEqual(ours, theirs, delta=tolerance, msg=kind)

    def test_the_converter_finds_the_integers_of_the_training(self) -> None:
        for kind in ("q8", "q4"):
            self.converted(kind, kind)
            command = [engine.program(), "convert", self.folder / f"export-{kind}/model.bin", self.folder / "again.thm",
                       "--tokenizer", self.tokenizer, "--type", kind, "--verbose"]
            report = subprocess.run(command, check=True, capture_output=True, text=True).stderr
            errors = [float(e) for e in re.findall(rf" {kind} .* ([0-9.e-]+) %", report)]
            self.assertEqual(len(errors), 7 * SHAPE.n_layers + (kind == "q8"))
            self.assertLess(max(errors), 0.01, report)  # what row scales of 16 bits round

    def test_resumption(self) -> None:
        # Stops twice, once in the phase of integers
        for until in (30, 100, None):
            resumed = self.train("q4", "resumed", until)
        whole = self.trained["q4"]
        self.assert_same_weights(whole, resumed)
        # All but the seconds
        logs = [[line.rsplit(",", 1)[0] for line in (t.folder / "log.csv").read_text().splitlines()[1:]]
                for t in (whole, resumed)]
        self.assertEqual(*logs)
        self.assertIn("polyline", (resumed.folder / "curve.svg").read_text())

    def test_more_steps_end_as_if_asked_for_at_first(self) -> None:
        # The phase of integers begins before the rate falls, or behind
        for share in (0.75, 0.25):
            recipe = {"decay": 0.5, "qat_share": share}
            self.train("q4", f"raised-{share}", steps=16, **recipe)
            raised = self.train("q4", f"raised-{share}", steps=40, **recipe)
            self.assertEqual((raised.folder / "log.csv").read_text().splitlines()[-1].split(",")[0], "40")
            self.assert_same_weights(raised, self.train("q4", f"whole-{share}", steps=40, **recipe))
        # Stopped while the rate was still high: nothing is done again
        self.train("none", "stopped", until=6, steps=16)
        self.assertFalse((self.folder / "stopped" / "before_decay.pt").exists())
        stopped = Trainer(SHAPE, Recipe(**{**RECIPE.__dict__, "steps": 40}), self.folder / "stopped")
        stopped.resume(None)
        self.assertEqual(stopped.step, 6)
        with self.assertRaisesRegex(SystemExit, "step 20 of 40, of which --steps 30 shares 15; use more steps, or"):
            self.train("q4", "whole-0.25", steps=30, decay=0.5, qat_share=0.25)
        with self.assertRaisesRegex(SystemExit, "checkpoint.pt was made with another steps, seed"):
            self.train("q4", "whole-0.25", steps=80, decay=0.5, qat_share=0.25, seed=8)

    def test_a_base_gives_its_weights_and_nothing_else(self) -> None:
        base = self.trained["none"].folder / "checkpoint.pt"
        trainer = Trainer(SHAPE, RECIPE, self.folder / "based")
        trainer.resume(None, base)
        self.assert_same_weights(trainer, self.trained["none"])
        self.assertEqual((trainer.step, trainer.seconds, trainer.optimizers["muon"].state_dict()["state"]), (0, 0.0, {}))
        wider = Trainer(dataclasses.replace(SHAPE, hidden_dim=2 * SHAPE.hidden_dim), RECIPE, self.folder / "wider")
        with self.assertRaisesRegex(SystemExit, "has another shape"):
            wider.resume(None, base)
        trainer.save("checkpoint.pt")
        again = Trainer(SHAPE, RECIPE, self.folder / "based")
        again.resume(None, self.folder / "not there")
        self.assert_same_weights(again, trainer)

    def test_a_trial_of_threads_leaves_no_trace(self) -> None:
        trainers = [Trainer(SHAPE, RECIPE, self.folder / f"trial-{i}") for i in range(2)]
        batches = Batches(self.stories, RECIPE.batch, RECIPE.seed)
        torch.set_num_threads(2)
        self.assertIn(fastest_threads(trainers[0], batches), (1, 2))
        torch.set_num_threads(1)
        self.assertEqual(fastest_threads(trainers[1], batches), 1)
        for trainer in trainers:
            self.assertEqual(trainer.step, 0)
            for _ in range(3):
                trainer.train_step(batches)
        self.assert_same_weights(*trainers)
        trainers[0].save("checkpoint.pt")
        trainers[1].load(trainers[0].folder / "checkpoint.pt")
        self.assertEqual(trainers[1].threads, 1)

    def test_branches_share_their_first_part(self) -> None:
        recipe = Recipe(**{**RECIPE.__dict__, "qat": "q8"})
        branch = Trainer(SHAPE, recipe, self.folder / "branch")
        branch.load(self.trained["q4"].folder / "before_qat.pt")
        self.assertEqual(branch.step, recipe.qat_start())
        other = Trainer(SHAPE, Recipe(**{**RECIPE.__dict__, "rate": 1.0}), self.folder / "other")
        with self.assertRaisesRegex(SystemExit, "another rate"):
            other.load(self.trained["q4"].folder / "before_qat.pt")

    def test_sizes_are_those_of_the_converter(self) -> None:
        tokenizer = load_tokenizer(self.tokenizer)
        pieces = [b"?" if tokenizer.is_byte(i) else tokenizer.id_to_piece(i).replace("▁", " ").encode()
                  for i in range(SHAPE.vocab_size)]
        for more in ({}, {"dim": 72, "n_heads": 6, "n_kv_heads": 3, "hidden_dim": 100, "context": 250}):
            shape = shapes.Shape(**{**SHAPE.__dict__, **more})
            folder = self.folder / "sizes"
            export(Model(shape), Quantizer("none"), folder)
            for kind in ("q8", "q4"):
                thm = folder / f"{kind}.thm"
                engine.convert(folder / "model.bin", thm, self.tokenizer, kind)
                size = thm.stat().st_size
                # Section ABOU is estimated from above
                self.assertTrue(0 <= shapes.thm_bytes(shape, kind, pieces) - size <= shapes.ABOUT_BYTES, kind)
                self.assertLess(abs(shapes.thm_bytes(shape, kind) - size), 2048)
                self.assertLess(abs(shapes.plan_bytes(shape) - engine.planned_bytes(thm)), 256)

    def test_safetensors(self) -> None:
        self.converted("q8", "q8")
        data = (self.folder / "export-q8" / "model.safetensors").read_bytes()
        length = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8 : 8 + length])
        header.pop("__metadata__")
        self.assertEqual(len(header), 2 + 9 * SHAPE.n_layers)
        self.assertEqual(max(t["data_offsets"][1] for t in header.values()) + 8 + length, len(data))
        first, last = header["model.layers.1.self_attn.q_proj.weight"]["data_offsets"]
        stored = torch.frombuffer(bytearray(data[8 + length + first : 8 + length + last]), dtype=torch.float32)
        ours = Quantizer("q8").rounded_weight(self.trained["q8"].model.layers[1].wq)
        # Back from halves to pairs
        pairs = stored.view(SHAPE.n_heads, 2, -1, SHAPE.dim).transpose(1, 2).reshape(SHAPE.dim, SHAPE.dim)
        self.assertTrue(torch.equal(pairs, ours))
        self.assertTrue(torch.equal(halves_from_pairs(ours, SHAPE.n_heads), stored.view_as(ours)))

    def test_the_command(self) -> None:
        command = [sys.executable, "-m", "train", "--smoke", "--threads", "1", "--out", str(self.folder / "smoke")]
        first = subprocess.run(command, cwd=engine.ROOT, capture_output=True, text=True, check=False)
        self.assertEqual(first.returncode, 0, first.stderr)
        report = (self.folder / "smoke" / "report.md").read_text()
        self.assertIn("| story-q4.thm | q4 weights, i8 kv cache |", report)
        self.assertIn("| copied |", report)
        other = subprocess.run([*command, "--seed", "9"], cwd=engine.ROOT, capture_output=True, text=True, check=False)
        self.assertIn("another seed", other.stderr)


class QuantizerTest(unittest.TestCase):
    def test_cache_scales_are_those_of_the_codes(self) -> None:
        codes = torch.tensor([(8 + c % 8) * 2.0 ** (c // 8 - 27) for c in range(256)], dtype=torch.float64)
        torch.manual_seed(1)
        x = torch.randn(200, 16) * torch.exp2(torch.linspace(-12, 12, 200))[:, None]
        rounded = round_cached(x).double()
        for row, out in zip(x.double(), rounded, strict=True):
            scale = codes[codes >= row.abs().max() / 127][0]
            self.assertTrue(torch.allclose(out, (row / scale).round() * scale, rtol=1e-6, atol=0))

    def test_q4_is_close(self) -> None:
        torch.manual_seed(1)
        w = torch.randn(24, 100)
        self.assertLess(float((round_q4(w) - w).norm() / w.norm()), 0.12)

    def test_zeros(self) -> None:
        zeros = torch.zeros(8, 40)
        for kind in ("q8", "q4"):
            quant = Quantizer(kind)
            self.assertTrue(torch.equal(quant.rounded_weight(zeros), zeros))
            self.assertTrue(torch.equal(quant.narrow(zeros), zeros) and torch.equal(quant.cached(zeros), zeros))
        self.assertTrue(torch.isfinite(q4_group_scales(zeros.view(8, 1, 40))).all())

    def test_gradients_pass_through(self) -> None:
        w = torch.randn(8, 32, requires_grad=True)
        Quantizer("q4").weight(w).sum().backward()
        self.assertTrue(torch.equal(w.grad, torch.ones_like(w)))


class BatchesTest(unittest.TestCase):
    def test_each_story_once_an_epoch(self) -> None:
        lengths = np.random.default_rng(1).integers(3, 60, 100)
        tokens = np.concatenate([np.full(n, i + 3, dtype=np.uint16) for i, n in enumerate(lengths)])
        stories = Stories(tokens, np.concatenate([[0], lengths.cumsum()]), context=50)
        kept = [i for i, n in enumerate(lengths) if n <= 50]
        batches = Batches(stories, 4, seed=1)
        rows = [row for step in range(len(kept) // 4) for row in zip(*batches.step(step), strict=True)]
        seen = [int(inputs[0]) - 3 for inputs, _, _ in rows]
        self.assertEqual(len(set(seen)), len(seen))
        self.assertLessEqual(set(seen), set(kept))
        for inputs, targets, _ in rows:
            self.assertEqual(int((targets >= 0).sum()), lengths[int(inputs[0]) - 3] - 1)
        again = Batches(stories, 4, seed=1)
        self.assertTrue(torch.equal(again.step(30)[0], batches.step(30)[0]))

    def test_what_a_story_is_given_is_shown_and_not_counted(self) -> None:
        story = "A cat named \x02Whiskers\x02 ran.\nWhat did \x03Whiskers\x03's friend see?"
        plain = unmarked(story)
        with tempfile.TemporaryDirectory() as folder:
            text, model = Path(folder) / "text.txt", Path(folder) / "tokenizer.model"
            text.write_text(story, encoding="ascii")
            model.write_bytes(train_tokenizer([plain, "The cat ran. A friend saw it, named Pip. What did he see?"] * 20, 300))
            stories = Stories.load(text, model, context=256)
            tokenizer = load_tokenizer(model)
        inputs, targets, weights = stories.rows([0])
        ids = tokenizer.encode(plain)
        self.assertEqual(inputs[0].tolist(), [1, *ids])
        uncounted = [i for i, target in enumerate(targets[0].tolist()) if target == -1]
        self.assertEqual(tokenizer.decode([ids[i] for i in uncounted]), "Whiskers")
        counted = [i for i in range(len(ids) + 1) if i not in uncounted]
        self.assertEqual([targets[0, i].item() for i in counted], [[*ids, 2][i] for i in counted])
        heavy = [i for i, weight in enumerate(weights[0].tolist()) if weight == AGAIN_WEIGHT]
        self.assertEqual(tokenizer.decode([ids[i] for i in heavy]), "Whiskers")
        self.assertEqual([i for i, weight in enumerate(weights[0].tolist()) if weight == 0], uncounted)

    def test_windows_of_a_long_story(self) -> None:
        # 3 tokens fit; of 100 each is a target once, in windows that begin with BOS
        tokens = np.concatenate([[1, 900, 2], [1], np.arange(10, 108), [2]]).astype(np.uint16)
        stories = Stories(tokens, np.array([0, 3, 103]), 32, np.isin(tokens, [34, 38, 60]))
        self.assertEqual(stories.describe(), "2 stories, 103 tokens, 52 a story; cut 1 longer than 32 into 4 windows")
        inputs, targets = next(stories.in_order(8))
        self.assertEqual(inputs[0, :2].tolist(), [1, 900])
        self.assertTrue((inputs[:, 0] == 1).all())
        self.assertEqual(targets[targets >= 0].tolist(), [900, 2, *range(10, 108), 2])
        # The second begins behind 34, where a sentence does, and counts from 39, where the first ended
        self.assertEqual(inputs[2, :6].tolist(), [1, 35, 36, 37, 38, 39])
        self.assertEqual(targets[2, :6].tolist(), [-1, -1, -1, -1, 39, 40])

    def test_little_text_is_told(self) -> None:
        self.assertIsNone(warning(29_796, Recipe(**{**RECIPE.__dict__, "steps": 24_000, "batch": 16})))  # what ships
        self.assertEqual(warning(1000, Recipe(**{**RECIPE.__dict__, "steps": 24_000, "batch": 16})),
                         "little text: 24,000 steps read it 384 times, and few texts are worth more than 10; use more "
                         "text, or --steps 625")

    def test_windows_change_nothing_where_all_fits(self) -> None:
        lengths = np.random.default_rng(1).integers(3, 60, 100)
        tokens = np.concatenate([[1, *range(5, 3 + n), 2] for n in lengths]).astype(np.uint16)
        offsets = np.concatenate([[0], lengths.cumsum()])
        left, cut = Stories(tokens, offsets, 60), Stories(tokens, offsets, 60, np.ones(len(tokens), dtype=bool))
        for step in range(50):
            for a, b in zip(Batches(left, 4, 1).step(step), Batches(cut, 4, 1).step(step), strict=True):
                self.assertTrue(torch.equal(a, b))
        self.assertEqual(left.describe(), cut.describe())


if __name__ == "__main__":
    unittest.main()
