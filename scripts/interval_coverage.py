#!/usr/bin/env python3
"""How often intervals of FID, KID and precision cover what they are intervals of, for small sets: why metrics/frechet_interval.h,
kernel_distance.h and proportion.h are as they are.

    pip install numpy
    interval_coverage.py [--draws 150] [--count 50]

Features are normal or rectified normal with variances 1/i; the second set's differ by `shift`. Each line gives the shares of draws in
which a method's 95 % interval covers the mean value of sets of this size (FID, precision), or the value of the distributions (KID).
"""

import argparse

import numpy as np

RESAMPLES = 200
Z = 1.96


def draw(random, count, dimensions, rectified, shift):
    sd = 1 / np.sqrt(np.arange(1, dimensions + 1))
    x = random.normal(size=(count, dimensions)) * sd
    wave = np.arange(dimensions)
    x = x * (1 + shift * np.sin(wave)) + shift * sd * np.cos(wave)
    return np.maximum(x + 0.3 * sd, 0) if rectified else x


def fid(x, y):
    a, b = [(s - s.mean(0)) / np.sqrt(len(s) - 1) for s in (x, y)]
    cross = a @ b.T
    root = np.sqrt(np.clip(np.linalg.eigvalsh(cross @ cross.T), 0, None)).sum()
    return ((x.mean(0) - y.mean(0)) ** 2).sum() + (a**2).sum() + (b**2).sum() - 2 * root


def kid(x, y):
    kernel = lambda a, b: (a @ b.T / a.shape[1] + 1) ** 3
    within = lambda a: (kernel(a, a).sum() - np.trace(kernel(a, a))) / len(a) / (len(a) - 1)
    return within(x) + within(y) - 2 * kernel(x, y).mean()


def precision(real, generated, k=3):
    distance = lambda a, b: np.sqrt(np.maximum((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T, 0))
    return (distance(generated, real) <= np.sort(distance(real, real), 1)[:, k]).any(1).mean()


def jackknife(statistic, x, y):
    variance = 0
    for values in ([statistic(np.delete(x, i, 0), y) for i in range(len(x))],
                   [statistic(x, np.delete(y, i, 0)) for i in range(len(y))]):
        variance += (len(values) - 1) * np.var(values)
    return statistic(x, y) - Z * np.sqrt(variance), statistic(x, y) + Z * np.sqrt(variance)


def bootstraps(random, statistic, x, y):
    """The percentile and the basic interval."""
    values = [statistic(x[random.integers(0, len(x), len(x))], y[random.integers(0, len(y), len(y))]) for _ in range(RESAMPLES)]
    low, high = np.quantile(values, [0.025, 0.975])
    return (low, high), (2 * statistic(x, y) - high, 2 * statistic(x, y) - low)


def wilson(share, n):
    centre, reach = share + Z * Z / 2 / n, Z * np.sqrt(share * (1 - share) / n + (Z / 2 / n) ** 2)
    return (centre - reach) / (1 + Z * Z / n), (centre + reach) / (1 + Z * Z / n)


def coverage(random, dimensions, rectified, shift, count, draws):
    pair = lambda n: (draw(random, n, dimensions, rectified, 0), draw(random, n, dimensions, rectified, shift))
    pairs = [pair(count) for _ in range(2 * draws)]
    truth = {"FID": np.mean([fid(*p) for p in pairs]), "KID": kid(*pair(4000)), "precision": np.mean([precision(*p) for p in pairs])}
    hits = {}
    for x, y in pairs[:draws]:
        intervals = {"precision by Wilson": wilson(precision(x, y), count)}
        for name, statistic in (("FID", fid), ("KID", kid)):
            intervals[f"{name} by jackknife"] = jackknife(statistic, x, y)
            percentile, basic = bootstraps(random, statistic, x, y)
            intervals |= {f"{name} by percentile bootstrap": percentile, f"{name} by basic bootstrap": basic}
        for name, (low, high) in intervals.items():
            hits[name] = hits.get(name, 0) + (low <= truth[name.split()[0]] <= high) / draws
    return hits


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=150)
    parser.add_argument("--count", type=int, default=50, help="vectors in each set")
    options = parser.parse_args()
    random = np.random.default_rng(0)
    for dimensions in (64, 768):
        for rectified in (False, True):
            for shift in (0, 0.3, 1):
                hits = coverage(random, dimensions, rectified, shift, options.count, options.draws)
                print(f"{dimensions} dimensions, {'rectified ' if rectified else ''}normal, shift {shift}: "
                      + ", ".join(f"{name} {share:.2f}" for name, share in sorted(hits.items())), flush=True)


if __name__ == "__main__":
    main()
