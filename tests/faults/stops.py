#!/usr/bin/env python3
"""stops.py --program build/cxr --work DIR --count N --seed S: stops (SIGSTOP) a random rank of a run on two ranks at a random time, from the launch to the end;
with --library, lets a rank hang in a random file operation instead.

The job must end by itself, not as a success, within the time that a rank may be silent and 5 s; where MPI itself starts or ends, five times as long may pass;
a rank that hangs may be still for ten times as long. A stop that came too late, when the job was done, counts as held if the results are those of an undisturbed
run."""
import concurrent.futures
import os
import random
import signal
import subprocess
import sys
import time

import harness
from kills import DEALT, lasting, ranks_below
from table import Failure, finish

SILENT, SPARE, MPI_FACTOR = 3, 5, 5  # seconds, seconds, and how much longer MPI's own start and end may take
STILL_FACTOR, SILENT_FOR_HANGS = 10, 1  # how much longer a rank's work may be still


def launch(tools, command, place, silent=SILENT, faults=None):
    environment = os.environ | {"CXR_HEARTBEAT_SECONDS": str(silent)} | (faults or {})
    return subprocess.Popen([tools.mpirun, "-np", "2", str(tools.program), *command], cwd=place, env=environment, stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def last_words(job, longest):
    """What a job that ended by itself said on standard error; None for one that was killed after `longest` seconds."""
    try:
        return harness.text(job.communicate(timeout=longest)[1])
    except subprocess.TimeoutExpired:
        for pid in ranks_below(job.pid):
            os.kill(pid, signal.SIGKILL)
        job.kill()
        return None


def stop_one(tools, command, place, after, draw):
    """What went wrong, or nothing."""
    job = launch(tools, command, place)
    time.sleep(after)
    victims = ranks_below(job.pid)
    stopped = None
    if victims and job.poll() is None:
        stopped = draw.choice(victims)
        os.kill(stopped, signal.SIGSTOP)
    began = time.monotonic()
    said = last_words(job, longest := MPI_FACTOR * SILENT + SPARE + 15)
    if said is None:
        return f"hangs for {longest} s"
    took = time.monotonic() - began
    if not stopped or job.returncode == 0:
        return "" if job.returncode == 0 else f"status {job.returncode} though no rank was stopped"
    limit = MPI_FACTOR * SILENT if "MPI has taken" in said else SILENT
    if took > limit + SPARE:
        return f"takes {took:.0f} s to end"
    if "has not been heard of" not in said and "MPI has taken" not in said and "exited on signal 9" not in said:
        return f"does not say which rank was missed: {(said.strip().splitlines() or [''])[-1]}"
    return ""


def hang_one(tools, command, place, library, draw):
    """What went wrong, or nothing; and the operation in which a rank hung."""
    at = draw.randrange(1, 60)
    job = launch(tools, command, place, SILENT_FOR_HANGS, tools.faults(library, place, at, "hang"))
    said = last_words(job, longest := MPI_FACTOR * STILL_FACTOR * SILENT_FOR_HANGS + SPARE + 10)
    if said is None:
        return f"hangs for {longest} s", at
    if job.returncode != 0 and " hangs: for " not in said:
        return f"does not say which rank hangs: {(said.strip().splitlines() or [''])[-1]}", at
    return "", at


def stop_case(tools, case, options):
    """A row of the table."""
    command = lasting(case)
    place = tools.work / "stops" / case.name.replace(" ", "-")
    harness.fresh(place)
    for earlier in case.before:
        tools.must(earlier, place)
    before = place.with_name(place.name + "-before")
    harness.fresh(before, place)
    began = time.monotonic()
    if (outcome := tools.run(command, place, ranks=2)).status != 0:
        raise SystemExit(f"{case.name} fails undisturbed: {outcome.stderr}")
    length, whole = time.monotonic() - began, harness.tree(place, DEALT)

    def attempt(number):
        draw = random.Random(f"{options.seed} {case.name} {number}")
        trial = place.with_name(f"{place.name}-{number}")
        harness.fresh(trial, before)
        if options.library:
            wrong, at = hang_one(tools, command, trial, options.library, draw)
            what = f"hung at operation {at}"
        else:
            after = draw.uniform(0.05, length * (1 + 0.4 * (options.workers - 1)))  # side by side they take longer
            wrong, what = stop_one(tools, command, trial, after, draw), f"stopped after {after:.2f} s"
        outcome = tools.run(command, trial, ranks=2)  # the same command goes on
        if not wrong and outcome.status != 0 and not case.once:
            wrong = f"the same command again: status {outcome.status}: {(outcome.stderr.strip().splitlines() or [''])[-1]}"
        if not wrong:
            wrong = harness.first_difference(harness.tree(trial, DEALT), whole)
        return Failure(what, number, "a rank", wrong) if wrong else None

    with concurrent.futures.ThreadPoolExecutor(options.workers) as pool:
        failures = [failure for failure in pool.map(attempt, range(options.count)) if failure]
    for failure in failures:
        print("   ", failure.group(), flush=True)
    print(f"{case.name}: {options.count} runs with a rank that is stopped or hangs, {len(failures)} failed", flush=True)
    return case.name, 2, options.count, failures


def main():
    parser = harness.arguments(__doc__)
    parser.add_argument("--count", type=int, default=20, help="runs of each case")
    parser.add_argument("--library", help="libcxr_failing_calls.so: ranks hang instead of being stopped")
    parser.add_argument("--workers", type=int, default=4, help="runs at a time: they mostly wait")
    parser.set_defaults(cases="prep phantom,reconstruct,generate,classify,embed,retrieve,fid,features,diversity,train projection,train inversion,train unet")
    options = parser.parse_args()
    with harness.opened(options) as tools:
        return finish(options, [stop_case(tools, case, options) for case in tools.cases(options.cases)], "ranks")


if __name__ == "__main__":
    sys.exit(main())
