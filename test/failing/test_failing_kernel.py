#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every system call of a start, a take-over, a release … broken once at each point, in every way that fits it.

    test_failing_kernel.py [--seed=N]  a sample: always the same of what mastership hangs on, and some of the rest by the seed
    test_failing_kernel.py --long      all (also: VRRPD_LONG=1)
    test_failing_kernel.py POINT...    these, with all that is known of them: PHASE/PROCESS/CALL/N/ERROR
    test_failing_kernel.py --list      their names

N counts the calls of that name in that process from the beginning of the phase; `3` breaks the third, `3+` the third
and all after it until the daemon has settled.
"""

import collections
import concurrent.futures
import contextlib
import fnmatch
import io
import os
import secrets
import signal
import sys
import time
import traceback
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))

from errors import fitting, lasts, most
from failing import FOR_EVER
from lab import BUILD, Failure, Lab
from runner import LONG
from scene import PHASES, play

# What a master cannot do without: of each way to break one of these a point is always tried.
ALWAYS = ("sendto.RTM_NEWADDR", "sendto.RTM_DELADDR", "sendmmsg.vrrp", "recvmmsg.vrrp", "recvfrom.netlink", "*.timerfd")
BY_SEED = 80  # of the others; with those about a minute's worth under sanitizers
JOBS = int(os.environ.get("VRRPD_JOBS", 4 * (os.cpu_count() or 1)))

Point = collections.namedtuple("Point", "phase role call nth error")
Outcome = collections.namedtuple("Outcome", "point verdict trouble seconds log")


def name(point):
    return "/".join(point)


def parse(text):
    parts = text.split("/", 4)
    if len(parts) != 5 or parts[0] not in PHASES or not parts[3].rstrip("+").isdigit():
        sys.exit(f"{text}: a point is PHASE/PROCESS/CALL/N/ERROR, with a PHASE of {', '.join(PHASES)}")
    return Point(*parts)


def points_of(phase, calls):
    """Every point of a phase in which these calls were made."""
    seen = collections.Counter()
    for call in calls:
        seen[call.role, call.name] += 1
        nth = seen[call.role, call.name]
        if nth > (most(call.name) or nth):
            continue
        for error in fitting(call.name, call.parts):
            yield Point(phase, call.role, call.name, str(nth), error)
            if nth == 1 and lasts(call.name, error):
                yield Point(phase, call.role, call.name, "1+", error)


def count(phase):
    with Lab() as lab:
        return list(points_of(phase, play(lab, phase)[0]))


def is_vital(point):
    return point.role == "protocol" and any(fnmatch.fnmatchcase(point.call, pattern) for pattern in ALWAYS)


def one_of_each(points, seed):
    """One point for each thing that can go wrong with each call, in an order without order that is the seed's."""
    chosen = {}
    for point in sorted(points, key=lambda point: zlib.crc32(f"{seed} {name(point)}".encode())):
        # how many of these there are depends on the moment; the choice does not
        if not most(point.call) or int(point.nth.rstrip("+")) == 1:
            chosen.setdefault((point.role, point.call, point.error, point.nth.endswith("+")), point)
    return list(chosen.values())


def sample(points, seed):
    vital = one_of_each(filter(is_vital, points), 0)
    others = one_of_each((point for point in points if not is_vital(point)), seed)
    return vital + others[:BY_SEED]


def try_point(point):
    """Plays it; quiet unless something is wrong."""
    begin = time.monotonic()
    first = int(point.nth.rstrip("+"))
    last = FOR_EVER if point.nth.endswith("+") else first
    said = io.StringIO()
    verdict, trouble, log = "", "", ""
    with contextlib.redirect_stdout(said):
        try:
            with Lab() as lab:
                _, hits, daemon = play(lab, point.phase, point.role, point.call, first, last, point.error)
                status = daemon.popen.poll()
                log = daemon.log_text()
            verdict = "not reached" if hits == 0 else "recovered" if status == 0 else f"ended with {status}"
        except Failure as failure:
            verdict, trouble = "FAILED", f"{failure}\n{said.getvalue()}"
        except Exception:  # a test that breaks has failed too
            verdict, trouble = "FAILED", f"{traceback.format_exc()}\n{said.getvalue()}"
    return Outcome(point, verdict, trouble, time.monotonic() - begin, log)


def report(outcome, verbose):
    if outcome.trouble:
        print(f"FAIL {name(outcome.point)}\n     {outcome.trouble}".replace("\n", "\n     ").rstrip())
        print(f"     again: VRRPD_BUILD={BUILD} {sys.argv[0]} {name(outcome.point)}")
    elif verbose:
        print(f"ok   {name(outcome.point)}: {outcome.verdict} ({outcome.seconds:.1f} s)")
        print("     " + outcome.log.rstrip().replace("\n", "\n     "))
    sys.stdout.flush()


def summary(outcomes, seconds):
    """One line a phase: how many points, and what became of the daemon."""
    for phase in PHASES:
        verdicts = collections.Counter(outcome.verdict for outcome in outcomes if outcome.point.phase == phase)
        if verdicts:
            print(f"{phase:10} {sum(verdicts.values()):5} points: "
                  f"{', '.join(f'{number} {verdict}' for verdict, number in sorted(verdicts.items()))}")
    failed = sum(outcome.verdict == "FAILED" for outcome in outcomes)
    print(f"{len(outcomes) - failed} passed, {failed} failed ({seconds:.0f} s)")
    return failed


def try_all(pool, points, verbose):
    outcomes = []
    for outcome in pool.map(try_point, points):
        report(outcome, verbose)
        outcomes.append(outcome)
        if len(outcomes) % 500 == 0:
            print(f"{len(outcomes)} tried", flush=True)
    return outcomes


def choose(pool):
    everything = [point for points in pool.map(count, PHASES) for point in points]
    if LONG:
        print(f"all {len(everything)} points, {JOBS} at a time", flush=True)
        return everything
    seed = next((int(word[7:]) for word in sys.argv if word.startswith("--seed=")), secrets.randbelow(1000000))
    chosen = sample(everything, seed)
    print(f"{len(chosen)} of {len(everything)} points, --seed={seed}, {JOBS} at a time", flush=True)
    return chosen


def main():
    if os.geteuid() != 0:
        sys.exit("this test makes network namespaces: run it as root")
    begin = time.monotonic()
    chosen = [parse(word) for word in sys.argv[1:] if not word.startswith("-")]
    verbose = bool(chosen) or "-v" in sys.argv
    with concurrent.futures.ProcessPoolExecutor(JOBS) as pool:
        # what has begun clears up after itself, the rest is not begun
        signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
        try:
            chosen = chosen or choose(pool)
            if "--list" in sys.argv:
                print("\n".join(map(name, chosen)))
                return
            outcomes = try_all(pool, chosen, verbose)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    sys.exit(1 if summary(outcomes, time.monotonic() - begin) else 0)


if __name__ == "__main__":
    main()
