#!/usr/bin/env python3
"""sweep.py --program build/cxr --library build/…/libcxr_failing_calls.so: lets each file operation of each command fail, in each way, and judges what is left.

A command that ends well must have made, byte by byte, what it makes undisturbed. One that fails says so in one line, damages nothing, and the same command
without the fault then makes what the undisturbed one does and leaves no temporary file."""
import collections
import concurrent.futures
import queue
import random
import re
import sys

import harness
from table import Failure, finish

KINDS = {  # the library's mode and error
    "ENOSPC": ("fail", "ENOSPC"),  # this operation alone
    "EIO": ("fail", "EIO"),
    "short": ("short", "EIO"),  # half of a write
    "full": ("full", "ENOSPC"),  # half of it, then the disk is full
    "gone": ("fail-from", "EIO"),  # nothing works any more
    "kill": ("kill", "EIO"),  # before it
    "torn": ("torn", "EIO"),  # in the middle of a write
    "power": ("power", "EIO"),  # before it, and what was not flushed is lost
}
WRITES = {"write", "pwrite", "pwrite64", "writev", "sendfile", "copy_file_range"}
STDIO = {"fwrite", "fputs", "fflush", "fclose"}


def kinds_of(operation):
    if operation in WRITES:
        return list(KINDS)
    if operation in ("close", "unlink", "unlinkat", "remove", "rmdir"):
        return ["EIO", "kill", "power"]  # a full disk still closes and removes
    if operation in STDIO or operation.startswith(("open", "mkdir", "rename", "ftruncate", "creat", "fopen", "fsync", "fdatasync")):
        return ["ENOSPC", "EIO", "full", "gone", "kill", "power"]
    return ["EIO", "kill", "power"]


class Sweep:
    def __init__(self, tools, library, case):
        self.tools, self.library, self.case = tools, library, case
        self.folder = tools.work / re.sub(r"\W+", "-", case.name)
        self.before = self.folder / "before"

    def faults(self, place, at=0, kind="EIO"):
        return self.tools.faults(self.library, place, at, *KINDS[kind])

    def operations(self, place):
        """(n, name, path) of each operation of the launch in `place`, and the one that was struck."""
        lines = place.with_suffix(".report").read_text().splitlines() if place.with_suffix(".report").exists() else []
        parsed = [line.removeprefix("FAULT ").split(" ", 3) for line in lines]
        struck = [p for line, p in zip(lines, parsed) if line.startswith("FAULT ")]
        return [(int(n), name, path) for n, name, _, path in parsed], struck

    def prepare(self):
        """Makes what is there before the command, runs it undisturbed, and counts."""
        harness.fresh(self.before)
        for command in self.case.before:
            self.tools.must(command, self.before)
        place = self.folder / "undisturbed"
        harness.fresh(place, self.before)
        if self.case.at:  # the state that a kill left
            self.tools.run(self.case.command, place, self.faults(place))
            last = len(self.operations(place)[0])
            harness.fresh(place, self.before)
            self.tools.run(self.case.command, place, self.faults(place, round(self.case.at * last), "kill"))
            harness.fresh(self.before, place)
        self.earlier = harness.tree(self.before, self.case.ignored)
        outcome = self.tools.run(self.case.command, place, self.faults(place))
        if outcome.status != 0:
            raise SystemExit(f"{self.case.name} fails undisturbed:\n{outcome.stderr}")
        self.whole = harness.tree(place, self.case.ignored)
        listed, _ = self.operations(place)
        self.trials = [(n, name, path, kind) for n, name, path in sorted(listed) for kind in kinds_of(name)]
        return len(listed)

    def judge(self, place, at, kind):
        """What went wrong, or nothing; and the operation that was struck."""
        harness.fresh(place, self.before)
        outcome = self.tools.run(self.case.command, place, self.faults(place, at, kind))
        struck = self.operations(place)[1]
        operation = f"{struck[0][1]} {re.sub('tmp-[0-9]+', 'tmp-PID', struck[0][3])}" if struck else "not reached"
        left = harness.tree(place, self.case.ignored)
        if outcome.status == 0:
            # A curve that could not be drawn costs a warning, not a training.
            optional = list(self.case.redrawn) if "warning" in outcome.stderr else []
            optional += [f"{name}*" for name in left if ".parts-" in name and f"{name}: cannot be removed" in outcome.stderr]
            difference = harness.first_difference(harness.without(left, optional), harness.without(self.whole, optional))
            return difference and f"exit status 0, but {difference}", operation
        wrong = harness.error_of(outcome, killed=kind in ("kill", "torn", "power")) or harness.damage(left, self.earlier, self.whole, self.case)
        if wrong:
            return wrong, operation
        again = self.tools.run(self.case.command, place)
        difference = harness.first_difference(harness.tree(place, self.case.ignored), self.whole)
        if again.status != 0 and not (self.case.once and not difference):
            lines = again.stderr.strip().splitlines() or [""]
            return f"the same command again: status {again.status}: {lines[-1]}", operation
        return difference and f"after the same command again {difference}", operation

    def run(self, trials, workers):
        places = queue.Queue()
        for worker in range(workers):
            places.put(self.folder / f"trial-{worker}")
        failures = []

        def attempt(trial):
            at, name, path, kind = trial
            place = places.get()
            try:
                wrong, operation = self.judge(place, at, kind)
                if wrong:
                    failures.append(Failure(kind, at, operation, wrong))
            finally:
                places.put(place)

        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            list(pool.map(attempt, trials))
        return sorted(failures, key=lambda f: (f.at, f.kind))


def sweep_case(tools, case, options):
    """A row of the table."""
    sweep = Sweep(tools, options.library, case)
    operations = sweep.prepare()
    trials = [t for t in sweep.trials if t[3] in options.kinds.split(",")]
    if options.sample:
        trials = random.Random(f"{options.seed} {case.name}").sample(trials, min(options.sample, len(trials)))
    failures = sweep.run(trials, options.workers)
    print(f"{case.name}: {operations} operations, {len(trials)} tried, {len(trials) - len(failures)} held, {len(failures)} failed", flush=True)
    for failure, count in collections.Counter(f.group() for f in failures).most_common():
        print(f"    {count} x {failure}", flush=True)
    return case.name, operations, len(trials), failures


def main():
    parser = harness.arguments(__doc__)
    parser.add_argument("--library", required=True, help="libcxr_failing_calls.so")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--sample", type=int, default=0, help="number of (operation, kind) per command; 0: all")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    with harness.opened(options) as tools:
        return finish(options, [sweep_case(tools, case, options) for case in tools.cases(options.cases)])


if __name__ == "__main__":
    sys.exit(main())
