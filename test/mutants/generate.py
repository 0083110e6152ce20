# SPDX-License-Identifier: GPL-2.0-or-later
"""Mutants of a C file: small changes, each of which a test should notice.

What may be changed, and where it begins and ends, is taken from clang's syntax tree, so that a mutant is nearly always
valid C and never lies in a comment, a case label, a macro or an assertion. The changes themselves are made in the text,
one at a time.
"""

import hashlib
import json
import re
import subprocess

OPPOSITES = {
    "<": ["<=", ">="],
    "<=": ["<", ">"],
    ">": [">=", "<="],
    ">=": [">", "<"],
    "==": ["!="],
    "!=": ["=="],
    "&&": ["||"],
    "||": ["&&"],
    "+": ["-"],
    "-": ["+"],
    "*": ["/"],
    "/": ["*"],
    "%": ["*"],
    "<<": [">>"],
    ">>": ["<<"],
    "&": ["|"],
    "|": ["&"],
    "^": ["|"],
    "+=": ["-="],
    "-=": ["+="],
    "*=": ["/="],
    "/=": ["*="],
    "|=": ["&="],
    "&=": ["|="],
    "<<=": [">>="],
    ">>=": ["<<="],
}

STATEMENTS = {
    "CallExpr",
    "CompoundAssignOperator",
    "UnaryOperator",
    "BreakStmt",
    "ContinueStmt",
    "CStyleCastExpr",
}


class Mutant:
    """One change: text[begin:end] becomes new."""

    def __init__(self, path, function, text, begin, end, new):
        self.path, self.function = path, function
        self.begin, self.end, self.new = begin, end, new
        self.line = text.count("\n", 0, begin) + 1
        first = text.rfind("\n", 0, begin) + 1
        last = text.find("\n", end)
        last = len(text) if last < 0 else last
        self.was = squeeze(text[first:last])
        self.becomes = squeeze(text[first:begin] + new + text[end:last]) or "nothing"
        self.occurrence = 1

    def apply(self, text):
        # lines keep their numbers, which assertions may tell
        lost = text.count("\n", self.begin, self.end) - self.new.count("\n")
        return text[: self.begin] + self.new + "\n" * lost + text[self.end :]

    @property
    def key(self):
        """What stays when lines move: file, function, what is changed into what, and which of several equals."""
        return f"{self.path} {self.change}"

    @property
    def place(self):
        """The key, with the line for whoever wants to look."""
        return f"{self.path}:{self.line} {self.change}"

    @property
    def change(self):
        again = f" #{self.occurrence}" if self.occurrence > 1 else ""
        return f"{self.function}: {self.was} => {self.becomes}{again}"


def squeeze(text):
    return " ".join(text.split())


class Tree:
    """clang's syntax tree of one file, with the extent of each node in the text."""

    def __init__(self, path, flags):
        self.path = path
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        if not self.text.isascii():
            # offsets are bytes
            self.text = self.text.encode("utf-8").decode("latin-1")
        command = ["clang", *flags, "-w", "-fsyntax-only", "-Xclang", "-ast-dump=json", path]
        self.root = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        self.file = None
        self.enums = {}
        self.place(self.root)

    def place(self, node):
        """Locations name their file only where it differs from the one before: carries it along."""
        if isinstance(node, list):
            for child in node:
                self.place(child)
            return
        if not isinstance(node, dict):
            return
        if "offset" in node:
            self.file = node.get("file", self.file)
            node["here"] = self.file == self.path
        for value in node.values():
            self.place(value)
        if node.get("kind") == "EnumDecl":
            names = [c["name"] for c in node.get("inner", []) if c["kind"] == "EnumConstantDecl"]
            for child in node.get("inner", []):
                self.enums[child["id"]] = (node.get("name"), names)

    def extent(self, node):
        """Where a node begins and ends; None if it is not plainly written in this file."""
        span = node.get("range", {})
        begin, end = span.get("begin", {}), span.get("end", {})
        for edge in (begin, end):
            if "expansionLoc" in edge:
                spelling = edge["expansionLoc"]
                # an object-like macro (true, INSTANT_NEVER) is as good as a word
                if not spelling.get("here") or self.is_call(spelling):
                    return None
            elif not edge.get("here"):
                return None
        begin, end = begin.get("expansionLoc", begin), end.get("expansionLoc", end)
        return begin["offset"], end["offset"] + end["tokLen"]

    def is_call(self, place):
        return self.text[place["offset"] + place["tokLen"] :].lstrip()[:1] == "("

    def in_macro(self, node):
        return "expansionLoc" in node.get("range", {}).get("begin", {})

    def functions(self):
        for node in self.root["inner"]:
            if node["kind"] == "FunctionDecl" and self.extent(node):
                body = [c for c in node.get("inner", []) if c["kind"] == "CompoundStmt"]
                if body:
                    yield node, body[0]

    def constants(self):
        """The constants of enums outside functions."""
        for node in self.root["inner"]:
            if node["kind"] == "EnumDecl" and self.extent(node):
                yield node


class Generator:
    def __init__(self, path, flags):
        self.tree = Tree(path, flags)
        self.text = self.tree.text
        self.path = path
        self.function = "-"
        self.mutants = []
        self.seen = set()

    def add(self, begin, end, new):
        if (begin, end, new) in self.seen or squeeze(self.text[begin:end]) == squeeze(new):
            return None
        self.seen.add((begin, end, new))
        self.mutants.append(Mutant(self.path, self.function, self.text, begin, end, new))
        return self.mutants[-1]

    def source(self, node):
        extent = self.tree.extent(node)
        return self.text[extent[0] : extent[1]] if extent else None

    def generate(self):
        for node in self.tree.constants():
            self.walk(node)
        for node, body in self.tree.functions():
            self.function = node["name"]
            self.empty_body(node, body)
            self.initialisers(body)
            self.walk(body)
        count = {}
        for mutant in self.mutants:
            count[mutant.key] = mutant.occurrence = count.get(mutant.key, 0) + 1
        return self.mutants

    # ---- whole functions ----

    def empty_body(self, function, body):
        extent = self.tree.extent(body)
        if not extent or len(body.get("inner", [])) < 2:
            return
        result = function["type"]["qualType"].split("(")[0].strip()
        nothing = neutral(result)
        mutant = self.add(*extent, "{ }" if result == "void" else "{ return %s; }" % nothing)
        if mutant:
            mutant.was = "its body"

    def initialisers(self, body):
        """Lines like `.since = now,` in an initialiser."""
        begin, end = self.tree.extent(body)
        for match in re.finditer(r"^\t+(\.[\w.\[\]]+ = )", self.text[begin:end], re.M):
            start = begin + match.start(1)
            at, depth = start, 0
            while depth > 0 or self.text[at] not in ",}":
                depth += self.text[at] in "({["
                depth -= self.text[at] in ")}]"
                at += 1
            self.add(start, at + (self.text[at] == ","), "")

    # ---- nodes ----

    def walk(self, node, statement=False):
        kind = node.get("kind")
        inner = node.get("inner", [])
        if statement:
            self.statement(node)
        handler = getattr(self, "on_" + (kind or ""), None)
        if handler and self.tree.extent(node):
            handler(node, inner)
        for index, child in enumerate(inner):
            if kind == "CaseStmt" and index == 0:
                continue  # the label
            self.walk(child, self.holds_statement(kind, index, len(inner)))

    @staticmethod
    def holds_statement(kind, index, count):
        if kind in ("CompoundStmt", "DefaultStmt"):
            return True
        if kind == "IfStmt":
            return index > 0
        return kind in ("CaseStmt", "WhileStmt", "ForStmt") and index == count - 1

    def statement(self, node):
        """Leaves it out."""
        kind = node.get("kind")
        assigns = kind == "BinaryOperator" and node["opcode"] == "="
        returns = kind == "ReturnStmt" and not node.get("inner")
        extent = self.tree.extent(node)
        if not extent or not (assigns or returns or kind in STATEMENTS):
            return
        begin, end = extent
        if re.match(r"\(void\)\w+$", self.text[begin:end]):
            return
        stop = re.match(r"\s*;", self.text[end:])
        if stop:
            self.add(begin, end + stop.end(), ";")

    def condition(self, node, always=True):
        extent = self.tree.extent(node)
        if not extent:
            return
        self.add(*extent, "0")
        if always:
            self.add(*extent, "1")
            self.add(*extent, f"!({self.text[extent[0] : extent[1]]})")

    def on_IfStmt(self, _, inner):
        self.condition(inner[0])

    def on_WhileStmt(self, _, inner):
        self.condition(inner[0], always=False)

    def on_ForStmt(self, _, inner):
        if inner[2].get("kind"):
            self.condition(inner[2], always=False)

    def on_ConditionalOperator(self, node, inner):
        for branch in inner[1:]:
            if self.source(branch):
                self.add(*self.tree.extent(node), f"({self.source(branch)})")

    def on_BinaryOperator(self, node, inner):
        left, right = self.tree.extent(inner[0]), self.tree.extent(inner[1])
        if self.tree.in_macro(node) and not (left and right):
            return
        if left and right:
            at = self.text.find(node["opcode"], left[1], right[0])
            for other in OPPOSITES.get(node["opcode"], []):
                self.add(at, at + len(node["opcode"]), other)
        if node["opcode"] in ("&&", "||"):
            for side in (left, right):
                if side:
                    self.add(*self.tree.extent(node), f"({self.text[side[0] : side[1]]})")

    on_CompoundAssignOperator = on_BinaryOperator

    def on_UnaryOperator(self, node, inner):
        extent, operand = self.tree.extent(node), self.source(inner[0])
        opcode = node["opcode"]
        if not operand:
            return
        if opcode in ("!", "~", "-"):
            self.add(*extent, f"({operand})")
        elif opcode in ("++", "--"):
            other = "--" if opcode == "++" else "++"
            self.add(*extent, operand + other if node.get("isPostfix") else other + operand)

    def on_IntegerLiteral(self, node, _):
        extent, text = self.tree.extent(node), self.source(node)
        if text in ("true", "false"):
            self.add(*extent, "false" if text == "true" else "true")
        elif not self.tree.in_macro(node):
            self.add(*extent, f"({text} + 1)")
            self.add(*extent, f"({text} - 1)")

    def on_DeclRefExpr(self, node, _):
        """A constant becomes the next one of its enum; one that is only a number, a number beside it."""
        declaration = node.get("referencedDecl", {})
        if declaration.get("kind") != "EnumConstantDecl" or self.tree.in_macro(node):
            return
        extent, name = self.tree.extent(node), declaration["name"]
        enum, names = self.tree.enums.get(declaration["id"], (None, []))
        if enum:
            other = names[(names.index(name) + 1) % len(names)]
            self.add(*extent, other)
        else:
            self.add(*extent, f"({name} + 1)")
            self.add(*extent, f"({name} - 1)")

    def on_ReturnStmt(self, _, inner):
        if not inner or not self.tree.extent(inner[0]):
            return
        extent, text = self.tree.extent(inner[0]), self.source(inner[0])
        result = inner[0]["type"]["qualType"]
        if text in ("true", "false"):
            return  # done as a constant
        if result in ("bool", "_Bool"):
            self.add(*extent, f"!({text})")
        elif not result.startswith("struct") or result.endswith("*"):
            self.add(*extent, neutral(result))
            if not result.endswith("*") and not result.startswith("enum"):
                self.add(*extent, f"({text}) + 1")


def neutral(type_name):
    """A value of that type that says nothing."""
    if type_name.endswith("*"):
        return "(void *)0"
    return f"({type_name}){{ 0 }}"


def hash_of(mutant, text):
    """Of the mutant and of the text it was made from: what was found out about it holds as long as that is the same."""
    data = "\0".join([mutant.key, str(mutant.begin), text])
    return hashlib.sha1(data.encode("utf-8", "surrogateescape")).hexdigest()


def mutants_of(path, flags):
    """All mutants of a file, in the order of its text, and the text."""
    generator = Generator(path, flags)
    return sorted(generator.generate(), key=lambda m: (m.begin, m.end, m.new)), generator.text
