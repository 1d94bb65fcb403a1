#!/usr/bin/env python3
"""flips.py --program build/cxr --work DIR --count N --seed S: flips a bit, or cuts off the end, of a file that the program wrote, then runs a command that reads it.

It must fail with one line, or make the very same output. Output that differs is reported as silent, or, where the run's config.toml shows that the input has
another digest than before, as named: who compares the two runs sees it. Neither may crash or hang."""
import collections
import pathlib
import random
import re
import shutil
import subprocess
import sys

import harness
from table import Failure, markdown


class Flip:
    def __init__(self, tools, entry):
        self.tools, self.name, self.file, self.entry = tools, entry["name"], entry["file"], entry
        self.folder = tools.work / "flips" / re.sub(r"\W+", "-", self.name)
        self.place = self.folder / "trial"
        self.ignored = ["inputs", "study/*.lock", "study/steps/*", "study/logs/*", "study/superseded*", "*/config.toml"]

    def prepare(self):
        """The state with its file whole, and what the command makes of it."""
        state = self.folder / "state"
        harness.fresh(state)
        if "models" in self.entry:
            shutil.copytree(self.tools.models, state / "models")
        elif "source" in self.entry:
            shutil.copy(harness.SOURCE / self.entry["source"], state)
        elif "input" in self.entry:
            source, target = self.tools.inputs / self.entry["input"], state / self.entry["input"]
            shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
        else:
            self.make_case(state)
        for name in self.entry.get("remove", []):
            shutil.rmtree(state / name) if (state / name).is_dir() else (state / name).unlink()
        self.state, self.files = state, sorted(str(p.relative_to(state)) for p in state.glob(self.file))
        outcome, self.expected, self.identity = self.attempt(lambda: self.files[0])
        if outcome.status != 0:
            raise SystemExit(f"{self.name}: undamaged the command fails: {outcome.stderr}")

    def make_case(self, state):
        """Runs a case; for `state` kills it half-way."""
        case = next(c for c in self.tools.cases() if c.name == self.entry["case"])
        for command in case.before:
            self.tools.must(command, state)
        if self.entry.get("state"):
            process = subprocess.Popen([str(self.tools.program), *case.command], cwd=state, stderr=subprocess.DEVNULL,
                                               stdout=subprocess.DEVNULL)
            while not list(state.glob("run/checkpoints/step-00000004/manifest.json")) and process.poll() is None:
                pass
            process.kill()
            process.wait()
        else:
            self.tools.must(case.command, state)

    def command(self, file):
        if "same_as" in self.entry:
            return next(c for c in self.tools.cases() if c.name == self.entry["same_as"]).command
        return [w.replace("{it}", str(self.place / file)).replace("{at}", str(self.place)) for w in self.tools.words(self.entry["command"])]

    def attempt(self, damage):
        """Runs the command on a copy of the state that `damage` was done to; the outcome, the files but the damaged one, the inputs' digests."""
        harness.fresh(self.place, self.state)
        file = damage()
        outcome = self.tools.run(self.command(file), self.place)
        found = harness.tree(self.place, self.ignored)
        if self.is_input():
            found = {name: content for name, content in found.items() if name.startswith(("out", "fid.json"))}
        if not self.name.endswith("of a study"):  # which prints what it had to do again
            found["standard output"] = outcome.stdout
        texts = [p.read_text(errors="replace") for p in sorted(self.place.glob("out/config.toml"))]
        return outcome, found, [line for text in texts for line in text.splitlines() if line.startswith("inputs.")]

    def is_input(self):
        return "same_as" not in self.entry and not self.file.startswith(("run/shards", "run/config"))

    def is_product(self):
        """Whether the command makes or mends the file; a loss curve with a wrong number is a wrong result."""
        return self.name in ("loss.csv", "set of a study")

    def judge(self, draw):
        file = draw.choice(self.files)
        content = bytearray((self.state / file).read_bytes())
        position = draw.randrange(len(content))
        if draw.random() < 0.2:
            what, content = f"cut at {position} of {len(content)} bytes", content[:position]
        else:
            bit = draw.randrange(8)
            content[position] ^= 1 << bit
            what = f"bit {bit} of byte {position}"

        def damage():
            (self.place / file).write_bytes(content)
            return file

        outcome, found, identity = self.attempt(damage)
        if outcome.status == 0:
            # A file that is not read may stay damaged.
            apart = lambda files: {name: content for name, content in files.items() if name != file or self.is_product()}
            difference = harness.first_difference(apart(found), apart(self.expected))
            if not difference:
                return "same", what, ""
            warned = [line for line in outcome.stderr.splitlines() if "warning" in line]
            verdict = "named" if identity != self.identity or warned else "silent"
            return verdict, what, f"exit status 0, but {difference}"
        wrong = harness.error_of(outcome)
        return ("wrong" if wrong else "refused"), what, wrong


def flip_kind(tools, entry, options):
    """The counts of what became of damaged files of one kind, and a row of the table."""
    flip = Flip(tools, entry)
    flip.prepare()
    draw = random.Random(f"{options.seed} {flip.name}")
    tally, failures = collections.Counter(), []
    for number in range(options.count):
        verdict, what, wrong = flip.judge(draw)
        tally[verdict] += 1
        if verdict in ("silent", "wrong"):
            failures.append(Failure(what, number, flip.file, wrong))
    line = f"| {flip.name} | " + " | ".join(str(tally[v]) for v in ("refused", "same", "named", "silent", "wrong")) + " |"
    print(line, *(f"    {f.group()}" for f in failures[:5]), sep="\n", flush=True)
    return line, (flip.name, len(flip.files), options.count, failures)


def main():
    parser = harness.arguments(__doc__)
    parser.add_argument("--count", type=int, default=100, help="for each kind of file; --cases names kinds")
    options = parser.parse_args()
    with harness.opened(options) as tools:
        rows = [flip_kind(tools, entry, options) for entry in tools.table["flip"] if harness.listed(entry["name"], options.cases)]
    if options.markdown:
        head = ["| file | refused | same output | named | silent | wrong end |", "|---|---|---|---|---|---|"]
        pathlib.Path(options.markdown).write_text("\n".join([*head, *(line for line, _ in rows), "", markdown([row for _, row in rows], "files")]))
    return any(failures for _, (*_, failures) in rows)


if __name__ == "__main__":
    sys.exit(main())
