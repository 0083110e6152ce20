# SPDX-License-Identifier: GPL-2.0-or-later
"""Where mutants are tried: a build of the tests, which of them reach which line, and a place to compile, link and run
one mutant.

A test program is linked again with the mutant's object in front of the archives: the archive's own member is then not
taken, so that nothing else needs to be built.
"""

import collections
import json
import os
import pathlib
import re
import resource
import shlex
import shutil
import subprocess

LABELS = {"unit", "golden", "fuzz", "sim"}
FLAGS = "-O0 -g0 -w"
LAYERS = ("base", "wire", "core")
NEAR = 30     # lines: gcov counts an initialiser where it begins
LINK_S = 0.1  # what a test costs beside its run
LONGEST_S = 5  # a test that takes longer judges nothing: every survivor would have to wait for it
ENVIRONMENT = dict(os.environ, CK_FORK="no", CK_VERBOSITY="silent")


class Broken(Exception):
    """The tests cannot be used to judge mutants."""


class Test:
    def __init__(self, name, command):
        self.name, self.command = name, command
        self.seconds = 0.0
        self.lines = {}  # file -> the lines that it runs


def run(command, cwd, seconds=None, **options):
    """The exit status; what runs for too long, or needs too much, is ended and counts as failed."""
    wall = None
    if seconds is not None:
        command = ["prlimit", f"--cpu={seconds}", f"--as={4 << 30}", "--core=0", "--", *command]
        wall = 60 + 20 * seconds
    quiet = subprocess.DEVNULL
    try:
        return subprocess.run(
            command, cwd=cwd, stdin=quiet, stdout=quiet, stderr=quiet, timeout=wall, check=False, **options
        ).returncode
    except subprocess.TimeoutExpired:
        return -1


def computed_s():
    """By the programs that have ended. A clock would count what others do on the machine too."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Bench:
    def __init__(self, top, directory, jobs):
        self.top = pathlib.Path(top)
        self.directory = pathlib.Path(directory)
        self.plain = self.directory / "build"
        self.covered = self.directory / "build-coverage"
        self.jobs = jobs
        self.tests = []
        self.kills = collections.Counter()  # (file, test's name) -> how many of its mutants that test has killed

    # ---- building ----

    def configure(self, build, flags):
        build.mkdir(parents=True, exist_ok=True)
        log = build / "build.log"
        with open(log, "w", encoding="utf-8") as out:
            for command in (
                # No launcher: what a cache has made of another tree counts the lines that run there.
                ["cmake", "-S", str(self.top), "-B", str(build), "-DCMAKE_BUILD_TYPE=Debug",
                 "-DCMAKE_C_COMPILER_LAUNCHER=", "-DCMAKE_C_COMPILER=gcc", f"-DCMAKE_C_FLAGS_DEBUG={flags}"],
                ["cmake", "--build", str(build), "-j", str(self.jobs)],
            ):
                if subprocess.run(command, stdout=out, stderr=out, check=False).returncode != 0:
                    raise Broken(log.read_text(encoding="utf-8"))

    def prepare(self):
        self.configure(self.plain, FLAGS)
        self.configure(self.covered, FLAGS + " --coverage")
        # As they are compiled for the archives: vrrp-sim compiles the same files again, and optimised as one piece.
        self.commands = {
            str(pathlib.Path(c["directory"], c["file"])): c
            for c in json.loads((self.plain / "compile_commands.json").read_text())
            if re.search(rf"CMakeFiles/({'|'.join(LAYERS)})\.dir/", c["command"])
        }
        self.links = self.find_links()
        covered = {t.name: t for t in self.find_tests(self.covered)}
        for test in self.find_tests(self.plain):
            test.lines = self.lines_of(covered[test.name])
            if test.lines and self.measure(test):
                self.tests.append(test)
        self.tests.sort(key=lambda t: t.seconds)
        if not self.tests:
            raise Broken("no test program was found")

    def find_links(self):
        """Executable -> the command that links it, and where that runs."""
        links = {}
        for file in self.plain.rglob("link.txt"):
            words = shlex.split(file.read_text())
            if "-o" not in words:
                continue
            where = file.parent.parent.parent
            target = (where / words[words.index("-o") + 1]).resolve()
            links[str(target)] = (words, where)
        return links

    def find_tests(self, build):
        """The tests that are one of our programs, without those that need the daemon's surroundings or are never the same."""
        listing = subprocess.run(
            ["ctest", "--test-dir", str(build), "--show-only=json-v1"],
            capture_output=True,
            check=True,
        )
        for test in json.loads(listing.stdout)["tests"]:
            labels = [p["value"] for p in test.get("properties", []) if p["name"] == "LABELS"]
            command = test.get("command", [])
            if not command or not LABELS.intersection(*labels):
                continue
            program = pathlib.Path(command[0]).resolve()
            if build.resolve() in program.parents and not re.search("control|fresh", test["name"]):
                yield Test(test["name"], [str(program), *command[1:]])

    def measure(self, test):
        """The first run is to warm up. A test that does not pass here cannot judge."""
        for _ in range(2):
            before = computed_s()
            if run(test.command, self.plain, env=ENVIRONMENT) != 0:
                print(f"{test.name} is left out: it fails without any mutant")
                return False
            test.seconds = computed_s() - before
        if test.seconds > LONGEST_S:
            print(f"{test.name} is left out: it takes {test.seconds:.0f} s")
        return test.seconds <= LONGEST_S

    # ---- coverage ----

    def lines_of(self, test):
        """What the layers' objects were made to tell by gcov, of this one run."""
        for data in self.covered.rglob("*.gcda"):
            data.unlink()
        run(test.command, self.covered, env=ENVIRONMENT)
        lines = {}
        for layer in LAYERS[1:]:
            where = self.covered / f"CMakeFiles/{layer}.dir/lib/{layer}"
            for data in where.glob("*.gcda"):
                lines.update(self.read_gcov(where, data.name))
        return lines

    def read_gcov(self, where, name):
        output = subprocess.run(
            ["gcov", "--json-format", "--stdout", name], cwd=where, capture_output=True, check=True
        ).stdout
        lines = {}
        for file in json.loads(output)["files"]:
            path = pathlib.Path(where, file["file"]).resolve()
            if path.suffix == ".c" and self.top.resolve() in path.parents:
                name = str(path.relative_to(self.top.resolve()))
                lines[name] = {entry["line_number"] for entry in file["lines"] if entry["count"]}
        return lines

    # ---- one mutant ----

    def compile(self, path, source, output, *more):
        command = shlex.split(self.commands[str(self.top / path)]["command"])
        command[command.index("-o") + 1] = str(output)
        command[-1] = str(source)
        return run([*command, *more], self.plain) == 0

    def link(self, test, mutant, output):
        words, where = self.links[test.command[0]]
        words = list(words)
        words[words.index("-o") + 1] = str(output)
        words.insert(words.index("-o"), str(mutant))
        return run([*words, "-fuse-ld=gold"], where) == 0

    def reached_by(self, mutant, text):
        """The tests that run a line of the mutant or one near it, the likeliest to notice in little time first."""
        first = mutant.line
        last = first + text.count("\n", mutant.begin, mutant.end)
        reached = []
        for test in self.tests:
            lines = test.lines.get(mutant.path, ())
            if mutant.function == "-" and lines or any(first - NEAR <= line <= last + 1 for line in lines):
                reached.append(test)
        return sorted(reached, key=lambda t: (LINK_S + t.seconds) / (1 + self.kills[mutant.path, t.name]))

    def judge(self, mutant, text, place):
        """Who notices: ("killed", test), ("invalid", ""), ("equivalent", "") or ("survived", "")."""
        place = pathlib.Path(place)
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        source, obj = place / "mutant.c", place / "mutant.o"
        source.write_text(mutant.apply(text), encoding="latin-1")
        if not self.compile(mutant.path, source, obj):
            return "invalid", ""
        for test in self.reached_by(mutant, text):
            program = place / "program"
            if not self.link(test, obj, program):
                return "invalid", ""
            seconds = int(2 + 10 * test.seconds)
            if run([str(program), *test.command[1:]], self.plain, seconds, env=ENVIRONMENT) != 0:
                self.kills[mutant.path, test.name] += 1
                return "killed", test.name
        return ("equivalent" if self.is_same(mutant, text, place) else "survived"), ""

    def is_same(self, mutant, text, place):
        """Does an optimising compiler, in one of its ways, make the same of it? Then there is nothing to notice."""
        return any(self.same_object(mutant, text, place, level) for level in ("-O2", "-Os"))

    def same_object(self, mutant, text, place, level):
        source, output = place / "mutant.c", place / "optimised.o"
        objects = []
        for content in (text, mutant.apply(text)):
            source.write_text(content, encoding="latin-1")
            if not self.compile(mutant.path, source, output, level, "-DNDEBUG"):
                return False
            objects.append(output.read_bytes())
        return objects[0] == objects[1]
