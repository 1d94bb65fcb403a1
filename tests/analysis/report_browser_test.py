#!/usr/bin/env python3
"""report_browser_test.py CXR WRITE_REPORT_STUDY: the report of a small study, as a browser shows and prints it.

With --shots FOLDER STUDY in their place: screenshots of a study's report.html, in pieces, for people.
"""

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from chromium import SKIPPED, Chromium, find_chromium

DESKTOP = (1280, 900, False)
PHONE = (390, 844, True)


class ReportInBrowser(unittest.TestCase):
    cxr = write_study = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="cxr-report-")
        cls.study = Path(cls.folder.name)
        subprocess.run([cls.write_study, cls.study], check=True)
        subprocess.run([cls.cxr, "report", cls.study, "--resamples", "20"], check=True, stderr=subprocess.DEVNULL)
        cls.browser = Chromium()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.folder.cleanup()

    def open(self, window):
        self.browser.resize(*window)
        self.browser.navigate(self.study / "report.html")

    def test_opens_quietly(self):
        for window in (DESKTOP, PHONE):
            self.open(window)
            self.assertEqual(self.browser.errors, [])
            self.assertEqual(self.browser.requests, [])

    def test_the_notice_comes_first(self):
        self.open(DESKTOP)
        first = self.browser.evaluate("document.body.innerText.trim().split('\\n')[0]")
        self.assertEqual(first, "This is a toy: its numbers mean nothing.")

    def test_a_name_is_no_markup(self):
        self.open(DESKTOP)
        self.assertEqual(self.browser.evaluate("document.scripts.length"), 0)
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('img:not([src^=\"data:image\"])').length"), 0)
        names = self.browser.evaluate("[...document.querySelectorAll('#samples h3')].map(h => h.innerText)")
        self.assertIn('"><img src=x onerror=alert(1)><script>alert(1)</script>', names)

    def test_every_image_is_decoded(self):
        self.open(DESKTOP)
        self.browser.evaluate("Promise.all([...document.images].map(image => image.decode())).then(() => true)")
        widths = self.browser.evaluate("[...document.images].map(image => image.naturalWidth)")
        self.assertEqual(len(widths), 6)
        self.assertTrue(all(width > 0 for width in widths), widths)

    def test_only_tables_scroll_sideways(self):
        for window in (DESKTOP, PHONE):
            self.open(window)
            self.browser.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
            width = self.browser.evaluate("document.documentElement.scrollWidth")
            self.assertLessEqual(width, window[0])
        boxes = "[...document.querySelectorAll('.scroll')]"
        self.assertTrue(self.browser.evaluate(f"{boxes}.some(box => box.scrollWidth > box.clientWidth)"))

    def test_labels_stay_in_view(self):
        self.open(PHONE)
        label = "document.querySelector('#table-2 tbody th')"
        self.browser.evaluate("document.querySelector('#table-2 .scroll').scrollLeft = 200")
        self.assertLess(self.browser.evaluate(f"{label}.getBoundingClientRect().left"), 40)
        self.assertGreaterEqual(self.browser.evaluate(f"{label}.getBoundingClientRect().left"), 0)

    def test_a_link_opens_what_it_leads_to(self):
        self.open(DESKTOP)
        self.browser.evaluate("document.querySelector('.provenance').open = true")
        target = self.browser.evaluate("(link => (link.click(), link.hash))(document.querySelector('.provenance a'))")
        self.browser.evaluate("new Promise(done => setTimeout(done, 200))")  # until the browser is there
        self.assertTrue(self.browser.evaluate(f"document.querySelector('{target}').closest('details').open"))

    def test_prints(self):
        self.open(DESKTOP)
        pdf = self.study / "report.pdf"
        self.browser.pdf(pdf)
        self.assertGreaterEqual(len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())), 1)


def take_shots(folder, study):
    """Pieces of the page, each a window high, at both widths and in the dark; and the page as it prints."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with Chromium() as browser:
        for name, window, dark in (("desktop", DESKTOP, False), ("phone", PHONE, False), ("dark", DESKTOP, True)):
            browser.prefer_dark(dark)
            browser.resize(*window)
            browser.navigate(Path(study) / "report.html")
            height = browser.evaluate("document.documentElement.scrollHeight")
            for piece, top in enumerate(range(0, height, window[1])):
                browser.evaluate(f"scrollTo(0, {top})")
                browser.screenshot(folder / f"{name}-{piece:02}.png", *window)
        browser.prefer_dark(False)
        browser.pdf(folder / "report.pdf")


if __name__ == "__main__":
    if not find_chromium():
        print("there is no Chromium here")
        sys.exit(SKIPPED)
    if sys.argv[1] == "--shots":
        take_shots(*sys.argv[2:])
    else:
        ReportInBrowser.cxr, ReportInBrowser.write_study = sys.argv[1:3]
        unittest.main(argv=sys.argv[:1])
