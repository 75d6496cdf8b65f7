#!/usr/bin/env python3
"""Commands of the docs: run them, and compare or write anew what the page says that they print.

    scripts/doc_blocks.py check EGRET [PAGE..]      exit 1 and a diff for each block whose output is another
    scripts/doc_blocks.py update EGRET [PAGE..]     write the outputs into the pages: read the diff

Pages are README.md and docs/*.md if none is named. A fenced block whose first line begins with `$ ` holds commands,
each followed by what it prints; a command may go on in the next line behind a backslash, or in lines that begin with
`> `, as a shell shows what belongs to a here-document. All blocks of a page run in
order in one new folder, which has links to the folders of the source tree and nothing else; `egret` is EGRET. A command
must end with exit code 0 (of a pipe, its last); one that shows an error says `; echo "exit code $?"`.

What is not run says so by its info string: sh (commands for another machine or too long for a test), text, yaml, c, cpp,
json. These are listed. A block of neither kind is an error. Of commands in sh blocks and in `egret ...` spans the
options must at least exist, and so must files that are linked.
"""
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINKED = ("README.md", "arch", "benches", "compiler", "docs", "models", "scripts", "sim")
NOT_RUN = ("sh", "text", "yaml", "c", "cpp", "json", "cmake")
TIMEOUT_S = 300


class Block:
    def __init__(self, line, info):
        self.line, self.info, self.text = line, info, []

    def is_run(self):
        return self.info == "" and bool(self.text) and self.text[0].startswith("$ ")

    def commands(self):
        """Pairs: lines of a command as written, lines of its output."""
        pairs = []
        goes_on = False
        for line in self.text:
            if goes_on or (line.startswith("> ") and pairs and not pairs[-1][1]):
                pairs[-1][0].append(line)
            elif line.startswith("$ "):
                pairs.append(([line], []))
            else:
                pairs[-1][1].append(line)
            goes_on = (goes_on or line.startswith("$ ")) and line.endswith("\\")
        return pairs


def read_page(path):
    """The page as a list of lines and blocks; fences stay lines."""
    parts, block = [], None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("```"):
            if block is None:
                parts.append(line)
                block = Block(number, line[3:].strip())
            else:
                parts += [block, line]
                block = None
        elif block is None:
            parts.append(line)
        else:
            block.text.append(line)
    if block is not None:
        sys.exit(f"{path}:{block.line}: the block does not end; expected a line of three back quotes")
    return parts


def run_command(lines, folder, egret):
    """What the command prints, and what is wrong with it, if anything."""
    bin_folder = folder / ".bin"
    environment = {"PATH": f"{bin_folder}:{os.environ['PATH']}", "EGRET_CHIPS": str(ROOT / "arch" / "chips"),
                   "HOME": str(folder), "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    bin_folder.mkdir(exist_ok=True)
    if not (bin_folder / "egret").exists():
        (bin_folder / "egret").symlink_to(egret)
    text = "\n".join([lines[0][2:]] + [line.removeprefix("> ") for line in lines[1:]])
    done = subprocess.run(["bash", "-c", text], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT_S, check=False)
    output = done.stdout.decode(errors="replace").splitlines()
    return output, "" if done.returncode == 0 else f"exit code {done.returncode}"


def known_options(egret):
    """Names of options of each command."""
    overview = subprocess.run([egret, "help"], capture_output=True, text=True, check=True).stdout
    options = {}
    for name in re.findall(r"^  ([a-z]+) ", overview.split("commands:\n")[1].split("\n\n")[0], re.MULTILINE):
        text = subprocess.run([egret, "help", name], capture_output=True, text=True, check=True).stdout
        options[name] = set(re.findall(r"^  (?:-., |    )(--[a-z-]+)", text, re.MULTILINE))
    return options


def check_words(page, line, text, options):
    """Does a command line that is not run name a command and options that exist?"""
    problems = []
    for command in re.split(r"[|;&#]", text):
        found = re.match(r"\s*\$?\s*(?:\S*/)?egret ([a-z]+)\b(.*)", command, re.DOTALL)
        if not found:
            continue
        name, rest = found.groups()
        if name not in options:
            problems.append(f"{page}:{line}: `egret {name}`: no such command")
            continue
        for option in re.findall(r"(?<=\s)--[a-z][a-z-]*", rest):
            if option not in options[name] and option != "--help":
                problems.append(f"{page}:{line}: `egret {name}` has no option {option}")
    return problems


def check_text(page, parts, options):
    problems = []
    for part in parts:
        if isinstance(part, Block) and part.info == "sh":
            text = re.sub(r"\\\n", " ", "\n".join(part.text))
            for command in text.splitlines():
                problems += check_words(page, part.line, command, options)
        elif isinstance(part, Block):
            if not part.is_run() and part.info not in NOT_RUN:
                problems.append(f"{page}:{part.line}: neither commands (`$ `) nor marked as not run; expected an info "
                                f"string of {', '.join(NOT_RUN)}")
    prose = "\n".join("" if isinstance(part, Block) else part for part in parts)
    for link in re.finditer(r"\]\(([^)#:]+)(?:#[^)]*)?\)", prose):
        if not (ROOT / page.parent / link.group(1)).exists():
            problems.append(f"{page}:{prose[:link.start()].count(chr(10)) + 1}: no {link.group(1)}, which is linked")
    for span in re.finditer(r"(?<!`)`(egret [^`]+)`", prose):
        problems += check_words(page, prose[:span.start()].count("\n") + 1, span.group(1).replace("\n", " "), options)
    return problems


def run_page(path, egret, update, options):
    """Returns the numbers of commands, and of problems."""
    page = path.relative_to(ROOT)
    parts = read_page(path)
    problems = check_text(page, parts, options)
    n_commands = 0
    with tempfile.TemporaryDirectory(prefix="egret_docs_") as name:
        folder = pathlib.Path(name)
        for linked in LINKED:
            (folder / linked).symlink_to(ROOT / linked)
        (folder / "build").mkdir()
        for block in (part for part in parts if isinstance(part, Block) and part.is_run()):
            text = []
            for command, expected in block.commands():
                n_commands += 1
                output, problem = run_command(command, folder, egret)
                text += command + output
                if problem:
                    problems.append("\n".join([f"{page}:{block.line}: {problem}: {command[0]}"] + output))
                elif output != expected and not update:
                    lines = difflib.unified_diff(expected, output, f"{page}:{block.line}", "printed", lineterm="", n=1)
                    problems.append("\n".join([f"{page}:{block.line}: other output: {command[0]}"] + list(lines)[:40]))
            block.text = text
    for block in (part for part in parts if isinstance(part, Block) and part.info == "sh"):
        print(f"{page}:{block.line}: not run: {block.text[0]}{' ..' if len(block.text) > 1 else ''}")
    new = "\n".join("\n".join(part.text) if isinstance(part, Block) else part for part in parts) + "\n"
    if update and not problems and new != path.read_text():
        path.write_text(new)
        print(f"{page}: written anew")
    for problem in problems:
        print(problem)
    return n_commands, len(problems)


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("check", "update"):
        print(__doc__, file=sys.stderr)
        return 2
    egret = pathlib.Path(sys.argv[2]).resolve()
    pages = [pathlib.Path(name).resolve() for name in sys.argv[3:]]
    options = known_options(egret)
    sums = [run_page(page, egret, sys.argv[1] == "update", options)
            for page in pages or [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]]
    print(f"{sum(n for n, _ in sums)} commands run, {sum(n for _, n in sums)} problems")
    return 1 if any(n for _, n in sums) else 0


if __name__ == "__main__":
    sys.exit(main())
