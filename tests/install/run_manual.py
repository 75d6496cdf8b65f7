#!/usr/bin/env python3
"""Manual pages and completion, in the hands of those who read them: man, mandoc, bash and zsh.

    run_manual.py EGRET

* Every page is set by man without a warning, and by mandoc with none but that of the missing date; it names every
  option that `--help` names.
* bash: commands, options, words of options, chips, files and folders are offered. The words offered for an option are
  those that the program's own refusal of a wrong word lists, for each command and option that refuses with a list.
* zsh: a terminal in which words are typed and completed.

man, mandoc and zsh are packages of scripts/setup.sh; bash is there.
"""
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
EGRET = pathlib.Path(sys.argv[1]).resolve()
ENVIRONMENT = {**os.environ, "PATH": f"{EGRET.parent}:{os.environ['PATH']}", "EGRET_CHIPS": str(ROOT / "arch/chips"),
               "LC_ALL": "C.UTF-8", "TERM": "dumb", "MANWIDTH": "78"}
CHIPS = sorted(path.stem for path in (ROOT / "arch/chips").glob("*.yaml"))
ZSH_WAIT_S = 60
failures = []


def expect(what, actual, expected):
    if actual != expected:
        failures.append(f"{what}:\n  got      {actual}\n  expected {expected}")


def run(*words, **options):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, env=ENVIRONMENT,
                          stdin=subprocess.DEVNULL, timeout=120, check=False, **options)


def egret(*words, **options):
    done = run(EGRET, *words, **options)
    if done.returncode != 0:
        sys.exit(f"manual: egret {' '.join(words)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def command_names():
    names = []
    for line in egret("help").split("commands:\n")[1].split("\n\n")[0].splitlines():
        if re.match(r"  [a-z]", line):
            names.append(line.split()[0])
    return names


def option_names(command):
    return re.findall(r"^  (?:-., |    )(--[a-z-]+)", egret("help", command), re.MULTILINE)


# ---- pages --------------------

def check_pages(folder):
    egret("help", "--man", str(folder))
    names = command_names()
    expect("pages", sorted(path.name for path in folder.iterdir()),
           sorted(["egret.1"] + [f"egret-{name}.1" for name in names]))
    for path in sorted(folder.iterdir()):
        done = run("man", "--warnings", "-l", path)
        expect(f"what man says of {path.name}", done.stderr, "")
        text = re.sub(".\x08|\x1b\\[[0-9;]*m", "", done.stdout)
        wide = [line for line in text.splitlines() if len(line) > 80 and "egret run net" not in line]
        expect(f"wide lines of {path.name}", wide, [])
        lint = run("mandoc", "-Tlint", "-Wwarning", path).stdout.splitlines()
        expect(f"what mandoc says of {path.name}", [line for line in lint if "missing date" not in line], [])
        if path.name != "egret.1":
            missing = [name for name in option_names(path.stem.removeprefix("egret-")) if name not in text]
            expect(f"options that {path.name} lacks", missing, [])
        else:
            expect("commands that egret.1 lacks", [name for name in names if f"egret {name}" not in text], [])


# ---- bash --------------------

BASH = """
source "$1"; shift
while IFS= read -r line; do
    read -ra COMP_WORDS <<<"$line"
    [[ $line == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _egret
    echo "${COMPREPLY[*]}"
done
"""


def bash_offers(script, folder, lines):
    """What bash offers for each line (as bash parts it: `=` is a word of its own), each as a set of words."""
    done = subprocess.run(["bash", "--norc", "-c", BASH, "bash", script], input="".join(line + "\n" for line in lines),
                          capture_output=True, text=True, env=ENVIRONMENT, cwd=folder, timeout=120, check=False)
    expect("what bash says", done.stderr, "")
    return dict(zip(lines, (set(line.split()) for line in done.stdout.split("\n"))))


BASE = {  # what a command needs until it looks at all of its options
    "run": "words --chip tiny-2x2 --input tokens.ids --steps 1 --draws 0",
    "explain": "words --chip tiny-2x2 --input tokens.ids --steps 1",
    "compile": "words --chip tiny-2x2",
    "sim": "words.egp --network words --chip tiny-2x2 --input tokens.ids --steps 1 --draws 0",
    "report": "out",
    "count": "--layers 6,16 --density 0.3 --rates 0.8,0.2 --chip tiny-2x2 --draws 0",
    "gen": "egru --layers 4,8 -o new",
    "noc": "--rate 0.01 --measure 10",
    "power": "--chip tiny-2x2",
}


def refused_words(folder, command, option):
    """Words that the refusal of a wrong one lists, or None if it lists none."""
    done = run(EGRET, command, *BASE.get(command, "").split(), f"{option}=@", cwd=folder)
    found = re.search(r"@`; expected ([a-z0-9-]+(?:(?:, | or )[a-z0-9-]+)+)$", done.stderr.splitlines()[0]) \
        if done.returncode == 2 and done.stderr else None
    return set(re.split(r", | or ", found.group(1))) if found else None


def check_bash(folder, script):
    commands = command_names()
    lines = ["egret ", "egret re", "egret run --chip ", "egret run --chip = ti", "egret run -c sp", "egret run ",
             "egret info ti", "egret run words --quantize ", "egret run words -q --format = ", "egret report out --format",
             "egret run words --steps ", "egret help po", "egret sim w", "egret run words --input to", "egret run -x "]
    lines = [line.rstrip() + (" " if line.endswith(" ") and not line.endswith("= ") else "") for line in lines]
    options = {command: option_names(command) for command in commands}
    for command in commands:
        lines.append(f"egret {command} -")
        lines += [f"egret {command} {option} " for option in options[command]]
    offers = bash_offers(script, folder, lines)
    expect("commands", offers["egret "], set(commands) | {"--help", "--version"})
    expect("begin of a command", offers["egret re"], {"report"})
    expect("chips", offers["egret run --chip "], set(CHIPS) | {path.name for path in folder.iterdir()})
    expect("chips behind =", offers["egret run --chip = ti"], {name for name in CHIPS if name.startswith("ti")})
    expect("chips behind -c", offers["egret run -c sp"], {name for name in CHIPS if name.startswith("sp")})
    expect("folders", offers["egret run "], {path.name for path in folder.iterdir() if path.is_dir()})
    expect("operands of info", offers["egret info ti"], {name for name in CHIPS if name.startswith("ti")})
    expect("words", offers["egret run words --quantize "], {"fp32", "bf16", "int8"})
    expect("words behind =", offers["egret run words -q --format ="], {"auto", "source", "target", "bitmap", "dense-mla"})
    expect("an option", offers["egret report out --format"], {"--format"})
    expect("numbers", offers["egret run words --steps "], set())
    expect("operands of help", offers["egret help po"], {"power"})
    expect("files", offers["egret sim w"], {"words", "words.egp"})
    expect("input files", offers["egret run words --input to"], {"tokens.ids"})
    n_lists = 0
    for command in commands:
        expect(f"options of {command}", offers[f"egret {command} -"], set(options[command]))
        for option in options[command]:
            words = refused_words(folder, command, option)
            if words is not None and option != "--point":  # names that depend on the chip
                n_lists += 1
                expect(f"words of egret {command} {option}", offers[f"egret {command} {option} "], words)
    expect("at least 40 options that refuse with a list", n_lists >= 40, True)
    return n_lists


# ---- zsh --------------------

def zsh_lines(folder, script, typed):
    """What a line becomes when its end is completed by the tab key, for each line of `typed`."""
    home = folder / "home"
    home.mkdir()
    shutil.copy(script, home / "_egret")
    (home / ".zshrc").write_text(f"""
PROMPT= ; fpath=({home} $fpath); autoload -Uz compinit; compinit -u -d {home}/dump; setopt no_beep no_auto_menu
unsetopt list_ambiguous auto_list; stty -echo
tell() {{ print -r -- "$BUFFER" >>{home}/told; BUFFER= }}; zle -N tell; bindkey '^X' tell; bindkey '^I' complete-word
""")
    told = home / "told"
    told.touch()
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvpe("zsh", ["zsh", "-i"], {**ENVIRONMENT, "ZDOTDIR": str(home)})
    end = time.monotonic() + ZSH_WAIT_S
    for i, line in enumerate([""] + typed):  # the empty one: zsh is up
        os.write(terminal, (line + ("\t" if line else "") + "\x18").encode())
        while len(told.read_text().splitlines()) <= i and time.monotonic() < end:
            if select.select([terminal], [], [], 0.02)[0]:
                try:
                    os.read(terminal, 65536)
                except OSError:
                    break
    os.write(terminal, b"exit\r")
    os.close(terminal)
    os.waitpid(pid, 0)
    return dict(zip([""] + typed, told.read_text().splitlines()))


def check_zsh(folder, script):
    completed = {
        "egret rep": "egret report ",
        "egret run --quan": "egret run --quantize=",
        "egret run --quantize=b": "egret run --quantize=bf16 ",
        "egret run --chip loi": "egret run --chip loihi-like ",
        "egret run -c loi": "egret run -c loihi-like ",
        "egret compile --placement near": "egret compile --placement near-router ",
        "egret compile wo": "egret compile words/",
        "egret run words --input tok": "egret run words --input tokens.ids ",
        "egret noc --traffic bit": "egret noc --traffic bit-complement ",
        "egret help po": "egret help power ",
        "egret info loi": "egret info loihi-like ",
        "egret gen dv": "egret gen dvs-gesture ",
        "egret run words --no-pip": "egret run words --no-pipelined ",
        "egret power --format j": "egret power --format json ",
    }
    lines = zsh_lines(folder, script, list(completed))
    for line, expected in completed.items():
        expect(f"zsh: `{line}` and tab", lines.get(line), expected)


def main():
    for tool in ("man", "mandoc", "zsh"):
        if not shutil.which(tool):
            sys.exit(f"manual: no {tool}; scripts/setup.sh installs it")
    with tempfile.TemporaryDirectory(prefix="egret_manual_") as name:
        folder = pathlib.Path(name, "work")
        folder.mkdir()
        egret("gen", "egru", "--layers", "6,16,6", "--words", "20", "-o", "words", cwd=folder)
        (folder / "tokens.ids").write_text("1 2 3\n")
        egret("compile", "words", "--chip", "tiny-2x2", "-o", "words.egp", cwd=folder)
        egret("run", "words", "--chip", "tiny-2x2", "--input", "tokens.ids", "--draws", "0", "-o", "out", cwd=folder)
        check_pages(pathlib.Path(name, "man"))
        for shell in ("bash", "zsh"):
            pathlib.Path(name, shell).write_text(egret("help", "--completion", shell))
        n_lists = check_bash(folder, pathlib.Path(name, "bash"))
        check_zsh(folder, pathlib.Path(name, "zsh"))
    if failures:
        sys.exit("manual: " + "\n".join(failures))
    print(f"manual: {len(command_names()) + 1} pages, completion by bash ({n_lists} lists of words) and zsh")


main()
