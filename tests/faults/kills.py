#!/usr/bin/env python3
"""kills.py --program build/cxr --work DIR --count N --seed S: kills a random rank of a run on two ranks at a random time, goes on with the same command, and
compares what is left with what the undisturbed run left. A run may be killed several times before it comes to its end."""
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

import harness
from table import Failure, finish

LONGER = {  # options that let a command last some seconds
    "train projection": {"--steps": "60", "--checkpoint-every": "5", "--keep-checkpoints": "99"},
    "train inversion": {"--steps": "40", "--checkpoint-every": "4", "--keep-checkpoints": "99"},
    "train unet": {"--steps": "16", "--checkpoint-every": "3", "--keep-checkpoints": "99", "--validate-every": "8"},
    "generate": {"--n": "12", "--steps": "4"},
}

DEALT = ["run/shards/*"]  # what is left to do is dealt anew after a kill; results.h5 is the same for all divisions


def lasting(case):
    words = list(case.command)
    for option, value in LONGER.get(case.name, {}).items():
        words[words.index(option) + 1] = value
    return words


def ranks_below(launcher):
    """The ranks that a launcher started; those whose parents are its own children, too."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        try:
            name, rest = (entry / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
            parents[int(entry.name)] = (int(rest.split()[1]), name)
        except (OSError, ValueError, IndexError):
            continue
    return [pid for pid, (parent, name) in parents.items() if name == "cxr" and (parent == launcher or parents.get(parent, (0,))[0] == launcher)]


def kill_one(tools, command, place, after, draw):
    """Launches a run and kills one of its ranks `after` seconds; whether it came to its end before."""
    launch = subprocess.Popen([tools.mpirun, "-np", "2", str(tools.program), *command], cwd=place, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        launch.wait(timeout=after)
        return launch.returncode == 0
    except subprocess.TimeoutExpired:
        victims = ranks_below(launch.pid)
        if victims:
            try:
                os.kill(draw.choice(victims), signal.SIGKILL)
            except ProcessLookupError:
                pass
    try:
        return launch.wait(timeout=harness.HANGS_AFTER) == 0
    except subprocess.TimeoutExpired:
        launch.kill()
        raise RuntimeError(f"hangs for {harness.HANGS_AFTER} s after a rank was killed") from None


def judge(tools, command, whole, place, length, draw):
    harness.fresh(place)
    kills = []
    try:
        for _ in range(draw.randrange(1, 4)):
            after = draw.uniform(0, 1.1 * length)
            kills.append(f"{after:.2f} s")
            if kill_one(tools, command, place, after, draw):
                break
    except RuntimeError as hung:
        return str(hung), kills
    outcome = tools.run(command, place, ranks=2)
    if outcome.status != 0:
        return f"the same command again: status {outcome.status}: {(outcome.stderr.strip().splitlines() or [''])[-1]}", kills
    return harness.first_difference(harness.tree(place, DEALT), whole), kills


def kill_case(tools, case, options):
    """A row of the table."""
    command, draw, failures = lasting(case), random.Random(f"{options.seed} {case.name}"), []
    place = tools.work / "kills" / case.name.replace(" ", "-")
    harness.fresh(place)
    began = time.monotonic()
    if (outcome := tools.run(command, place, ranks=2)).status != 0:
        raise SystemExit(f"{case.name} fails undisturbed: {outcome.stderr}")
    length, whole = time.monotonic() - began, harness.tree(place, DEALT)
    for number in range(options.count):
        wrong, kills = judge(tools, command, whole, place, length, draw)
        if wrong:
            failures.append(Failure("killed after " + ", ".join(kills), number, "a rank", wrong))
            print("   ", failures[-1].group(), flush=True)
    print(f"{case.name}: {options.count} runs with kills, {len(failures)} failed", flush=True)
    return case.name, 2, options.count, failures


def main():
    parser = harness.arguments(__doc__)
    parser.add_argument("--count", type=int, default=20, help="runs of each case")
    parser.set_defaults(cases="train projection,train inversion,train unet,generate")
    options = parser.parse_args()
    with harness.opened(options) as tools:
        return finish(options, [kill_case(tools, case, options) for case in tools.cases(options.cases)], "ranks")


if __name__ == "__main__":
    sys.exit(main())
