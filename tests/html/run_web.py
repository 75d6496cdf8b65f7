#!/usr/bin/env python3
"""Pages in a real browser: no errors, no serious finding of axe-core, nothing too wide, too small or overlapping.

    tests/html/run_web.py EGRET CHIPS AXE SWEEP_PAGES [SHOTS]     AXE: axe.min.js (scripts/fetch_axe.sh); SWEEP_PAGES
                                                                 makes pages of sweeps; SHOTS: a folder for pictures

At 1280 and 390 px, light and dark. Exit 77, which ctest takes for skipped, where there is no
Chromium or no axe-core; it says so.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from run_html import FEW, MIDDLE, RATES, TOKENS, WORDS, egret

PROBE = pathlib.Path(__file__).resolve().parent / "probe.js"
SKIPPED = 77
ALL_VIEWS = [(width, dark) for width in (1280, 390) for dark in (False, True)]
RUNS = {
    "chip": (MIDDLE, ["--chip", "spinnaker2", *RATES, *FEW], ALL_VIEWS),
    "board": (MIDDLE, ["--chip", "tiny-board", *RATES, *FEW], [(1280, True), (390, False)]),
    "counted": (MIDDLE, ["--chip", "tiny-board", "--fidelity", "count", *RATES, *FEW], [(390, True)]),
    "mesh": (WORDS, ["--chip", "tiny-mesh", *TOKENS, *FEW], [(1280, False)]),
}
SWEEPS = {
    "grid": [(1280, True), (390, False)],
    "axis": [(1280, False), (390, True)],
    "multi": [(390, False)],
    "begun": [(390, True)],
}
FRAME = """<!DOCTYPE html><title>frame</title><body style="margin:0"><script>
addEventListener('message', function (event) {
    const out = document.createElement('script');
    out.type = 'application/json';
    out.id = 'probe';
    out.textContent = event.data.replace(/</g, '\\u003c');
    document.body.appendChild(out);
});
</script><iframe title="page" src="%s" style="width:%dpx;height:2400px;border:0"></iframe></body>
"""


def browse(browser, page, width, dark, *more):
    with tempfile.TemporaryDirectory() as profile:
        words = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                 "--disable-extensions", "--disable-background-networking", "--enable-logging=stderr", "--v=0",
                 f"--user-data-dir={profile}", f"--window-size={max(width, 1280)},2400", "--virtual-time-budget=60000", *more]
        if dark:
            words.append("--force-dark-mode")
        done = subprocess.run([*words, page.as_uri()], capture_output=True, check=False, timeout=300)
    if done.returncode != 0:
        sys.exit(f"{page}: the browser failed with {done.returncode}: {done.stderr.decode()[-2000:]}")
    return done.stdout.decode(), done.stderr.decode(errors="replace")


def probe(browser, folder, axe, width, dark):
    """The browser's answers about a page, and what its console said."""
    page = folder / "probed.html"
    text = (folder / "report.html").read_text()
    scripts = f'<script src="{axe.as_uri()}"></script><script src="{PROBE.as_uri()}"></script></body>'
    page.write_text(text.replace("</body>", scripts))
    frame = folder / "frame.html"
    frame.write_text(FRAME % (page.name, width))
    dom, log = browse(browser, frame, width, dark, "--dump-dom")
    found = re.search(r'<script type="application/json" id="probe">(.*?)</script>', dom, re.S)
    if found is None:
        sys.exit(f"{page}: no answer from the page; console: {log[-2000:]}")
    return json.loads(found.group(1)), [line for line in log.splitlines() if "CONSOLE" in line]


def judge(answer, console, width, dark, has_plan):
    yield from (f"console: {line}" for line in console)
    if answer["dark"] != dark:
        yield "is in the other colour scheme"
    shade = sum(int(word) for word in re.findall(r"\d+", answer["background"])[:3])
    if (shade < 300) != dark:
        yield f"the background is {answer['background']}"
    if max(answer["width"][0], answer["open_width"]) > width:
        yield f"is {answer['width'][0]} px wide, {answer['open_width']} px with its tables"
    yield from (f"texts overlap: {texts}" for texts in answer["overlaps"])
    yield from (f"too small to read: {text}" for text in answer["small"])
    for choice, classes, fill in answer["colours"]:
        if not fill.startswith("rgb"):
            yield f"{choice} with {classes} gives the colour {fill}"
    keys = answer["keys"]
    if has_plan and (not keys or not keys[0].lower().startswith(("tile", "chip")) or "" in keys[:3] or keys[3] != 1):
        yield f"keys on the floor plan: {keys}"
    if answer["passes"] < 20:
        yield f"axe-core found only {answer['passes']} rules to apply"
    yield from (f"axe-core, {one[0]}: {one[1:]}" for one in answer["violations"])


def look(browser, folder, axe, views, shots, has_plan):
    """What is wrong with a page in these views."""
    for width, dark in views:
        view = f"{folder.name}-{width}-{'dark' if dark else 'light'}"
        answer, console = probe(browser, folder, axe, width, dark)
        yield from (f"{view}: {problem}" for problem in judge(answer, console, width, dark, has_plan))
        if shots:
            shots.mkdir(exist_ok=True)
            browse(browser, folder / "report.html", width, dark, f"--screenshot={shots.resolve() / view}.png",
                   f"--window-size={width},{5000 if width > 1000 else 8000}")


def main():
    program, chips, axe = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    shots = pathlib.Path(sys.argv[5]) if len(sys.argv) > 5 else None
    browser = shutil.which("chromium")
    if browser is None or not axe.exists():
        print(f"skipped: no {'chromium' if browser is None else axe}; scripts/setup.sh web and scripts/fetch_axe.sh bring them")
        return SKIPPED
    problems = []
    with tempfile.TemporaryDirectory() as temporary:
        for name, (network, words, views) in RUNS.items():
            folder = pathlib.Path(temporary) / name
            net = str(pathlib.Path(temporary) / (name + ".net"))
            egret(program, chips, *network, "-o", net)
            egret(program, chips, "run", net, *words, "-o", str(folder), "--quiet")
            problems += look(browser, folder, axe.resolve(), views, shots, True)
        root = pathlib.Path(temporary)
        subprocess.run([sys.argv[4], str(root)], check=True)
        for name, views in SWEEPS.items():
            problems += look(browser, root / name, axe.resolve(), views, shots, False)
    for problem in problems[:60]:
        print(problem)
    print(f"{sum(len(run[2]) for run in RUNS.values()) + sum(map(len, SWEEPS.values()))} views, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
