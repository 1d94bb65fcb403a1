"""A reader study from the export to the import, as its owner types it and as a reader clicks it, in headless Chromium.

PYTHONPATH=tests/support python3 reader_study_browser_test.py CXR MODEL [SHOTS]: the program, a model for the reconstructions, and a folder for screenshots.
"""

import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from chromium import SKIPPED, Chromium, find_chromium

PAIRS = 5
# The grey level in the middle of both canvases.
MIDDLES = """viewer.canvases.map(canvas => canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[0])"""

# How long the middle row of the first canvas is, and how often its grey level changes.
CHANGES = """(({width, height, context}) => {
  const row = context.getImageData(0, height / 2, width, 1).data.filter((_, i) => i % 4 === 0);
  return [width, row.filter((grey, x) => x > 0 && grey !== row[x - 1]).length];
})((canvas => ({width: canvas.width, height: canvas.height, context: canvas.getContext("2d")}))(viewer.canvases[0]))"""


def cxr(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True).stdout


class ReaderStudy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="cxr-reader-study-")
        cls.folder = pathlib.Path(cls.temporary.name)
        images, run = cls.folder / "set.h5", cls.folder / "run"
        cxr("prep", "phantom", "--n", 8, "--size", 128, "--seed", 3, "--out", images)
        cxr("reconstruct", "--model", MODEL, "--images", images, "--out", run)
        cxr("reader-study", "export", "--images", images, "--reconstructions", run, "--n", PAIRS, "--out", cls.folder / "study")
        cls.page, cls.key = cls.folder / "study" / "reader_study.html", cls.folder / "study" / "key.csv"

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def setUp(self):
        self.browser = Chromium()
        self.addCleanup(self.browser.close)
        self.downloads = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        self.browser.downloads_to(self.downloads)
        self.browser.resize(1440, 900)
        self.browser.navigate(self.page)

    def start(self, reader):
        self.browser.type(reader)
        self.browser.press("Enter")
        self.see(1)

    def see(self, case):
        self.browser.wait_for(f"seen === {case - 1}")
        self.assertEqual(self.browser.evaluate("document.getElementById('number').textContent"), str(case))

    def status(self):
        return self.browser.evaluate("document.getElementById('status').textContent")

    def download(self):
        self.browser.click("#download")
        file = self.browser.download(self.downloads, "*.csv")
        with open(file, newline="", encoding="utf-8") as lines:
            return file, list(csv.DictReader(lines))

    def assert_quiet(self):
        self.assertEqual(self.browser.errors, [])
        self.assertEqual(self.browser.requests, [])

    def test_scores_by_keys_survive_a_reload_and_reach_the_tables(self):
        browser = self.browser
        self.start("A, \"B\"")
        for case, score in enumerate((5, 4, 3), 1):
            self.see(case)
            browser.press(str(score))
        self.see(4)
        self.assertEqual(self.status(), "3 of 5 scored")

        browser.reload()
        self.assertEqual(browser.evaluate("document.getElementById('reader').value"), "A, \"B\"")
        browser.press("Enter")
        self.see(4)  # the first without a score
        self.assertEqual(self.status(), "3 of 5 scored")
        browser.press("ArrowLeft")
        self.see(3)
        self.assertEqual(self.status(), "3 of 5 scored; this one: 3")

        browser.click("#comment")
        browser.type("=1+1, fr5")  # its letters and digits are no keys
        self.see(3)
        self.assertEqual(self.status(), "3 of 5 scored; this one: 3")
        browser.press("Enter")
        browser.press("ArrowLeft")
        self.see(2)
        browser.press("2")  # changes the score, and goes on to the next case without one
        self.see(4)
        browser.click("#scores [data-score='5']")
        self.see(5)
        browser.press("5")
        browser.wait_for("!document.getElementById('done').hidden")

        file, rows = self.download()
        self.assertEqual([row["score"] for row in rows], ["5", "2", "3", "5", "5"])
        self.assertEqual([row["case"] for row in rows], ["1", "2", "3", "4", "5"])
        self.assertEqual(rows[2]["comment"], "'=1+1, fr5")  # no formula
        self.assertEqual({row["reader"] for row in rows}, {"A, \"B\""})
        tables = json.loads(cxr("reader-study", "import", "--key", self.key, file, "--json"))["tables"]
        numbers = {number["column"]: number for number in tables[0]["numbers"]}
        self.assertAlmostEqual(numbers["mean"]["value"], 4)
        self.assertEqual(numbers["mean"]["published"], 4.51)
        self.assertEqual([number["value"] for number in tables[1]["numbers"]], [3, 0, 1, 1, 0])
        self.assert_quiet()

    def test_scores_survive_a_reload_without_local_storage(self):
        browser = self.browser
        self.start("R")
        browser.press("4")
        self.see(2)
        browser.evaluate("localStorage.clear()")
        browser.reload()
        browser.press("Enter")
        self.see(2)
        self.assertEqual(self.status(), "1 of 5 scored")

    def test_a_downloaded_file_is_loaded_again(self):
        browser = self.browser
        self.start("L")
        browser.click("#comment")
        browser.type('"quoted", =odd')
        browser.press("Enter")
        for score in (3, 1):
            browser.press(str(score))
            self.see(2 if score == 3 else 3)
        file, rows = self.download()
        text = json.dumps(file.read_text(encoding="utf-8"))
        loaded = f"(other => [other.load({text}), other.scored, other.records[0], other.load({text})])(new Session(study.study, 'elsewhere', study.cases))"
        count, scored, record, again = browser.evaluate(loaded)
        self.assertEqual((count, scored, again), (2, 2, 0))
        self.assertEqual((record["score"], record["comment"]), (3, '"quoted", =odd'))
        refusal = f"(() => {{ try {{ new Session('another', 'r', 5).load({text}) }} catch (error) {{ return error.message }} }})()"
        self.assertIn("not one of this study", browser.evaluate(refusal))

    def test_another_reader_begins_anew(self):
        self.start("first")
        self.browser.press("5")
        self.see(2)
        self.browser.navigate(self.page)
        self.browser.evaluate("document.getElementById('reader').value = 'second'")
        self.browser.press("Enter")
        self.see(1)
        self.assertEqual(self.status(), "0 of 5 scored")

    def test_an_incomplete_file_is_refused_unless_asked_for(self):
        self.start("half")
        self.browser.press("4")
        self.see(2)
        file, rows = self.download()
        self.assertEqual(len(rows), 1)
        with self.assertRaises(subprocess.CalledProcessError) as refused:
            cxr("reader-study", "import", "--key", self.key, file)
        self.assertEqual(refused.exception.returncode, 2)
        self.assertIn("half", cxr("reader-study", "import", "--key", self.key, file, "--allow-incomplete"))

    def test_flicker_shows_both_images_in_one_place(self):
        browser = self.browser
        self.start("F")
        shown = "[...document.querySelectorAll('.pane')].map(pane => pane.getClientRects().length)"
        box = "(box => [box.x, box.y, box.width, box.height])(document.querySelector('.front canvas').getBoundingClientRect())"
        self.assertEqual(browser.evaluate(shown), [1, 1])
        browser.press(" ")  # does nothing side by side
        browser.press("f")
        self.assertEqual(browser.evaluate(shown), [1, 0])
        first = browser.evaluate(box)
        browser.press(" ")
        self.assertEqual(browser.evaluate(shown), [0, 1])
        self.assertEqual(browser.evaluate(box), first)
        browser.click("#swap")
        self.assertEqual(browser.evaluate(shown), [1, 0])
        browser.click("#flicker")
        self.assertEqual(browser.evaluate(shown), [1, 1])
        browser.click("#flicker")
        browser.press(" ")  # alternates: the button that was clicked does not take it
        self.assertEqual(browser.evaluate(shown), [0, 1])
        self.assert_quiet()

    def test_zoom_and_movement_are_those_of_both_images(self):
        browser = self.browser
        self.start("Z")
        self.assertEqual(browser.evaluate("viewer.view"), {"zoom": 1, "x": 0.5, "y": 0.5})
        browser.press("+")
        browser.click("#zoom-in")
        self.assertAlmostEqual(browser.evaluate("viewer.view.zoom"), 1.25 ** 2)
        browser.wheel("canvas", -500)
        browser.wait_for("viewer.view.zoom > 4")
        scale, before = browser.evaluate("[viewer.scale(viewer.canvases[0]), {...viewer.view}]")
        browser.drag(".pane:last-child canvas", -40, -20)
        view = browser.evaluate("viewer.view")
        self.assertAlmostEqual(view["x"], before["x"] + 40 / 128 / scale, 6)
        self.assertAlmostEqual(view["y"], before["y"] + 20 / 128 / scale, 6)
        browser.press("ArrowUp", shift=True)
        self.assertLess(browser.evaluate("viewer.view.y"), view["y"])
        # Magnified pixels are seen as they are: along a row, the grey level changes at their borders alone.
        width, changes = browser.evaluate(CHANGES)
        self.assertLessEqual(changes, width / scale + 1)
        browser.press("r")
        self.assertEqual(browser.evaluate("viewer.view"), {"zoom": 1, "x": 0.5, "y": 0.5})
        self.assert_quiet()

    def test_window_and_level(self):
        browser = self.browser
        self.start("W")
        before = browser.evaluate(MIDDLES)
        browser.drag("canvas", 0, 60, button="right")
        self.assertEqual(browser.evaluate("viewer.tone"), {"window": 255, "level": 187.5})
        darker = browser.evaluate(MIDDLES)
        for side in (0, 1):
            self.assertAlmostEqual(darker[side], max(before[side] - 60, 0), delta=1)
        browser.evaluate("document.getElementById('window').focus()")
        browser.press("ArrowRight")  # the slider's, not the next case
        self.see(1)
        self.assertEqual(browser.evaluate("viewer.tone.window"), 256)
        browser.press("r")
        self.assertEqual(browser.evaluate(MIDDLES), before)
        self.assert_quiet()

    def test_fits_a_phone_and_a_desk(self):
        browser = self.browser
        overflow = "document.documentElement.scrollWidth > window.innerWidth"
        buttons = "Math.min(...[...document.querySelectorAll('#scores button')].map(button => button.getBoundingClientRect().height))"
        browser.resize(390, 844, mobile=True)
        self.assertFalse(browser.evaluate(overflow))
        self.shot("start-phone", 390, 844, True)
        self.start("P")
        self.assertFalse(browser.evaluate(overflow))
        self.assertGreaterEqual(browser.evaluate(buttons), 44)  # as a finger needs
        stacked = "(([a, b]) => b.y >= a.bottom && a.x === b.x)(viewer.canvases.map(canvas => canvas.getBoundingClientRect()))"
        self.assertTrue(browser.evaluate(stacked))
        self.shot("case-phone", 390, 844, True)
        self.shot("case-desktop", 1440, 900)
        self.assertFalse(browser.evaluate(stacked))
        # Images, definitions and comment are in view without scrolling.
        self.assertFalse(browser.evaluate("document.documentElement.scrollHeight > window.innerHeight"))
        self.assert_quiet()

    def shot(self, name, *size):
        self.browser.screenshot((SHOTS or self.folder) / f"{name}.png", *size)


if __name__ == "__main__":
    if not find_chromium():
        print("skipped: there is no Chromium here")
        sys.exit(SKIPPED)
    PROGRAM, MODEL, SHOTS = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
    unittest.main(argv=sys.argv[:1])
