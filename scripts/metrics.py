#!/usr/bin/env python3
"""Report how the C and C++ sources stand against their budgets: length of functions and files, columns,
parameters, nesting, share of static functions, checks and comments. Exit 1 only with --strict.

    scripts/metrics.py [--strict] [FOLDER...]        default: all floors

A function is found by its braces: a line that opens one at column 0 (Linux style) after a signature
that starts at column 0, up to the closing brace at column 0. Good enough for sources in the form of
.clang-format, and it needs no compiler.
"""
import argparse
import re
import sys
from pathlib import Path

FLOORS = ["base", "arch", "models", "compiler", "sim", "cli", "benches"]
FUNCTION_LINES, FUNCTION_LINES_MOST, SHARE_OF_MOST = 60, 40, 0.9
FILE_LINES, COLUMNS, PARAMETERS, NESTING = 500, 100, 6, 4
STATIC_SHARE, CHECKS_PER_1000 = 0.60, 8
COMMENT_SHARE = (0.15, 0.30)

SIGNATURE = re.compile(r"^(?P<head>[A-Za-z_][\w\s\*:&<>,~]*?)\b(?P<name>[A-Za-z_~][\w:~]*)\s*\((?P<args>[^;{}]*)\)"
                       r"(?:\s*const)?(?:\s*noexcept)?(?:\s*:[^;{}]*)?\s*$", re.S)
CHECK = re.compile(r"\b(CHECK|assert|static_assert|_Static_assert|err_set)\s*\(")


def strip_comments(text):
    """The text with comments and the insides of literals blanked out, line by line, and the number
    of lines that hold a comment."""
    out, comment_lines, i = [], set(), 0
    line = 0
    while i < len(text):
        two = text[i:i + 2]
        if two in ("/*", "//"):
            end = text.find("*/", i + 2) + 2 if two == "/*" else text.find("\n", i)
            end = len(text) if end in (-1, 1) else end
            for _ in range(text.count("\n", i, end) + 1):
                comment_lines.add(line)
                line += 1
            line -= 1
            out.append(re.sub(r"[^\n]", " ", text[i:end]))
            i = end
        elif text[i] in "\"'":
            quote, j = text[i], i + 1
            while j < len(text) and text[j] not in (quote, "\n"):
                j += 2 if text[j] == "\\" else 1
            j = min(j + 1, len(text))
            out.append(quote + re.sub(r"[^\n]", " ", text[i + 1:j - 1]) + text[j - 1:j])
            line += text.count("\n", i, j)
            i = j
        else:
            line += text[i] == "\n"
            out.append(text[i])
            i += 1
    return "".join(out), len(comment_lines)


def parameter_count(arguments):
    depth, count = 0, 1
    for character in arguments:
        depth += character in "(<["
        depth -= character in ")>]"
        count += character == "," and depth == 0
    return 0 if arguments.strip() in ("", "void") else count


def functions_of(code):
    """Yield (name, line, lines, parameters, nesting, is_static) of each function."""
    lines = code.split("\n")
    for at, text in enumerate(lines):
        if text != "{":
            continue
        start = at - 1
        while start > 0 and lines[start - 1].strip() and not re.search(r"[;}]\s*$|^#", lines[start - 1]):
            start -= 1
        match = SIGNATURE.match("\n".join(lines[start:at]).strip())
        end = next((i for i in range(at, len(lines)) if lines[i].startswith("}")), None)
        if not match or end is None:
            continue
        depth = deepest = 0
        for character in "\n".join(lines[at:end + 1]):
            depth += character == "{"
            deepest = max(deepest, depth)
            depth -= character == "}"
        yield (match["name"], start + 1, end - start + 1, parameter_count(match["args"]), deepest - 1,
               bool(re.search(r"\bstatic\b", match["head"])))


def share(part, whole):
    return part / whole if whole else 1.0


def main():
    parser = argparse.ArgumentParser(description="Report how the sources stand against their budgets.")
    parser.add_argument("--strict", action="store_true", help="exit 1 if a budget is exceeded")
    parser.add_argument("folder", nargs="*", default=FLOORS)
    options = parser.parse_args()
    root = Path(__file__).resolve().parent.parent
    over, n_lines, n_comments, n_checks = [], 0, 0, 0
    functions, longest_file = [], (0, "")
    for folder in options.folder:
        for path in sorted((root / folder).rglob("*.*")):
            if path.suffix not in (".c", ".h", ".cpp", ".hpp"):
                continue
            text = path.read_text(encoding="utf-8")
            name = path.relative_to(root).as_posix()
            code, comments = strip_comments(text)
            lines = text.count("\n")
            n_lines, n_comments = n_lines + lines, n_comments + comments
            n_checks += len(CHECK.findall(code))
            longest_file = max(longest_file, (lines, name))
            if lines > FILE_LINES:
                over.append(f"{name}: {lines} lines")
            for number, line in enumerate(text.split("\n"), 1):
                if len(line) > COLUMNS:
                    over.append(f"{name}:{number}: {len(line)} columns")
            for function, line, length, parameters, nesting, is_static in functions_of(code):
                functions.append((length, is_static))
                if length > FUNCTION_LINES:
                    over.append(f"{name}:{line}: {function}: {length} lines")
                if parameters > PARAMETERS:
                    over.append(f"{name}:{line}: {function}: {parameters} parameters")
                if nesting > NESTING:
                    over.append(f"{name}:{line}: {function}: nested {nesting} deep")

    short = share(sum(length <= FUNCTION_LINES_MOST for length, _ in functions), len(functions))
    static = share(sum(is_static for _, is_static in functions), len(functions))
    checks, comments = 1000 * share(n_checks, n_lines), share(n_comments, n_lines)
    rows = [
        ("lines", f"{n_lines}", "", True),
        ("functions", f"{len(functions)}", "", True),
        ("longest function, lines", f"{max((f[0] for f in functions), default=0)}", f"<= {FUNCTION_LINES}",
         all(length <= FUNCTION_LINES for length, _ in functions)),
        (f"functions of <= {FUNCTION_LINES_MOST} lines", f"{short:.1%}", f">= {SHARE_OF_MOST:.0%}",
         short >= SHARE_OF_MOST),
        ("longest file, lines", f"{longest_file[0]} ({longest_file[1]})", f"<= {FILE_LINES}",
         longest_file[0] <= FILE_LINES),
        ("static functions", f"{static:.1%}", f">= {STATIC_SHARE:.0%}", static >= STATIC_SHARE),
        ("checks per 1000 lines", f"{checks:.1f}", f">= {CHECKS_PER_1000}", checks >= CHECKS_PER_1000),
        ("lines with a comment", f"{comments:.1%}", f"{COMMENT_SHARE[0]:.0%} .. {COMMENT_SHARE[1]:.0%}",
         COMMENT_SHARE[0] <= comments <= COMMENT_SHARE[1]),
    ]
    for what, value, budget, fine in rows:
        print(f"{what:30} {value:>30}   {budget:12} {'' if fine else 'over budget'}".rstrip())
    for line in over:
        print(line)
    missed = bool(over) or not all(fine for *_, fine in rows)
    return 1 if options.strict and missed else 0


if __name__ == "__main__":
    sys.exit(main())
