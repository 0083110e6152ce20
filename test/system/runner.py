# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the tests of one file: each is a function whose name is a sentence, and gets a laboratory of its own.

    test_x.py            all
    test_x.py --list     their names
    test_x.py NAME...    these
    --long               as much as before a release (also: VRRPD_LONG=1)
"""

import os
import signal
import sys
import time
import traceback

from lab import Failure, Lab

TESTS = []
LONG = "--long" in sys.argv or os.environ.get("VRRPD_LONG") == "1"


def test(function):
    TESTS.append(function)
    return function


def often(function):
    """A test that is run twenty times before a release, each time in a laboratory of its own."""
    function.rounds = 20 if LONG else 1
    return test(function)


def in_both_versions(function):
    """Two tests of one function(lab, version)."""
    for version in (2, 3):
        def one(lab, chosen=version):
            function(lab, chosen)
        one.__name__ = f"{function.__name__}_in_version_{version}"
        TESTS.append(one)
    return function


def sentence(function):
    return function.__name__.replace("_", " ")


def run_one(function):
    start = time.monotonic()
    rounds = getattr(function, "rounds", 1)
    done = 0
    try:
        for done in range(rounds):
            with Lab() as lab:
                function(lab)
    except Failure as failure:
        error = str(failure)
        where = [frame for frame in traceback.extract_tb(failure.__traceback__)
                 if os.path.basename(frame.filename).startswith("test_")]
        if where:
            error += f"\n  at {os.path.basename(where[-1].filename)}:{where[-1].lineno}: {where[-1].line}"
    except Exception:  # a test that breaks has failed too
        error = traceback.format_exc().rstrip()
    else:
        error = None
    seconds = time.monotonic() - start
    of_many = f"{done + 1} times, " if rounds > 1 else ""
    print(f"{'FAIL' if error else 'ok  '} {sentence(function)} ({of_many}{seconds:.1f} s)", flush=True)
    if error:
        print("     " + error.replace("\n", "\n     "), flush=True)
    return error is None


def stop(number, _frame):
    """A test that is told to end clears up after itself."""
    sys.exit(128 + number)


def main():
    names = [word for word in sys.argv[1:] if not word.startswith("-")]
    if "--list" in sys.argv:
        for function in TESTS:
            print(function.__name__)
        return
    unknown = set(names) - {function.__name__ for function in TESTS}
    if unknown:
        sys.exit(f"no such test: {', '.join(sorted(unknown))}")
    if os.geteuid() != 0:
        sys.exit("these tests make network namespaces: run them as root")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    chosen = [function for function in TESTS if not names or function.__name__ in names]
    passed = sum(run_one(function) for function in chosen)
    print(f"{passed} passed, {len(chosen) - passed} failed")
    sys.exit(0 if passed == len(chosen) else 1)
