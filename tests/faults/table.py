"""The tables of what was tried and what failed."""
import collections
import dataclasses
import pathlib
import re


@dataclasses.dataclass(frozen=True)
class Failure:
    kind: str
    at: int
    operation: str  # its name and file
    wrong: str

    def group(self):
        """Without the number of the operation: what failures of one cause have in common."""
        return f"{self.kind} at {self.operation}: {self.cause()}"

    def cause(self):
        return re.sub(r"tmp-\d+", "tmp-PID", self.wrong)


def markdown(rows, unit="operations"):
    """`rows`: name, number of operations, number of trials, failures."""
    lines = [f"| command | {unit} | tried | held | failed |", "|---|---|---|---|---|"]
    lines += [f"| {name} | {n} | {tried} | {tried - len(failures)} | {len(failures)} |" for name, n, tried, failures in rows]
    for name, _, _, failures in rows:
        groups = collections.defaultdict(list)
        for failure in failures:
            groups[failure.operation, failure.cause()].append(failure)
        if groups:
            lines += ["", f"**{name}**", ""]
        for (operation, wrong), members in groups.items():
            kinds = ", ".join(sorted({m.kind for m in members}))
            numbers = ", ".join(str(n) for n in sorted({m.at for m in members})[:8])
            lines.append(f"- {operation} ({kinds}; n = {numbers}): {wrong}")
    return "\n".join(lines) + "\n"


def finish(options, rows, unit="operations"):
    """Writes the table where it was asked for. Whether any trial failed."""
    if options.markdown:
        pathlib.Path(options.markdown).write_text(markdown(rows, unit))
    return any(failures for *_, failures in rows)
