#!/usr/bin/env python3
"""Does the workflow of docs/ci.md do what the page says? Runs its steps as they stand there.

    tests/ci/run_workflow.py EGRET

The setup and the change are the commands of the page too. Three pushes: one that changes nothing passes; one
with another cost in the chip's file fails the step `Check` with exit code 6 and names the number; after
`--update` it passes again. The files for CI services are read as those services read them: JUnit with an XML
parser, the others as JSON of the documented form.
"""
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "ci.md").read_text()
NUMBER = "software.emit_event_cycles"


def blocks(info):
    return [text for kind, text in re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
            if kind == info]


def workflow_steps():
    """(name, script, always) of each step that runs something."""
    steps = []
    for text in re.split(r"^      - ", blocks("yaml")[0], flags=re.MULTILINE)[1:]:
        name = re.match(r"name: (.*)\n", text)
        script = re.search(r"^        run: (?:\|\n((?:          .*\n)+)|(.*)\n)", text, re.MULTILINE)
        if name and script:
            lines = script.group(2) or re.sub(r"^          ", "", script.group(1), flags=re.MULTILINE)
            steps.append((name.group(1), lines, "if: always()" in text))
    return steps


class Repository:
    def __init__(self, egret, folder):
        self.folder = pathlib.Path(folder)
        (self.folder / ".bin").mkdir()
        (self.folder / ".bin" / "egret").symlink_to(egret)
        self.environment = {"PATH": f"{self.folder / '.bin'}:{os.environ['PATH']}", "HOME": folder,
                            "EGRET_CHIPS": str(ROOT / "arch" / "chips"),
                            "GITHUB_STEP_SUMMARY": str(self.folder / "step_summary.md")}

    def sh(self, script):
        # As GitHub runs steps: bash -e -o pipefail.
        return subprocess.run(["bash", "-e", "-o", "pipefail", "-c", script], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)

    def page_command(self, begin):
        """The command of the page that begins so."""
        command = next(line[2:] for text in blocks("") for line in text.splitlines()
                       if line.startswith("$ " + begin))
        done = self.sh(command)
        assert done.returncode == 0, f"{command}: {done.stderr}"

    def push(self):
        """Runs the workflow; the step that failed, with its end, or None; a failure skips what is not `always`."""
        failed = None
        for name, script, always in workflow_steps():
            if failed is None or always:
                done = self.sh(script)
                if done.returncode != 0:
                    failed = (name, done)
        return failed

    def json(self, name):
        return json.loads((self.folder / name).read_text())


def check_junit(repository, expect_failures):
    root = xml.etree.ElementTree.parse(repository.folder / "junit.xml").getroot()
    assert root.tag == "testsuites" and [suite.tag for suite in root] == ["testsuite"]
    cases = root.findall("testsuite/testcase")
    failed = [case for case in cases if case.find("failure") is not None]
    for element in (root, root[0]):
        assert int(element.get("tests")) == len(cases) and int(element.get("failures")) == len(failed)
    names = [(case.get("classname"), case.get("name")) for case in cases]
    assert len(set(names)) == len(names) and ("egret.table", "cores") in names
    assert bool(failed) == expect_failures
    for case in failed:
        assert NUMBER in case.find("failure").text, case.get("name")
    return {name for (_, name), case in zip(names, cases) if case in failed}


def check_benchmarks(repository):
    report = {metric["name"]: metric for metric in repository.json("run/report.json")["metrics"]}
    seen = {}
    for name in ("smaller.json", "bigger.json"):
        entries = repository.json(name)
        assert entries, name
        for entry in entries:
            assert set(entry) == {"name", "unit", "value", "range", "extra"}
            assert isinstance(entry["value"], (int, float))
            assert all(isinstance(entry[key], str) for key in ("name", "unit", "range", "extra"))
            series, metric = entry["name"].split(": ")
            assert series == "network on tiny-2x2" and metric not in seen
            assert entry["value"] == report[metric]["value"] and entry["unit"] == report[metric]["unit"]
            seen[metric] = name
    assert seen["latency_mean_us"] == "smaller.json" and seen["tokens_per_second"] == "bigger.json"
    bmf = repository.json("bmf.json")
    assert list(bmf) == ["network on tiny-2x2"]
    for metric, value in bmf["network on tiny-2x2"].items():
        assert value == {"value": report[metric]["value"], "lower_value": report[metric]["low"],
                         "upper_value": report[metric]["high"]}
        assert len(metric) <= 64
    assert set(bmf["network on tiny-2x2"]) == set(report)


def check_markdown(repository, verdict):
    text = (repository.folder / "step_summary.md").read_text()
    assert text.rstrip().count("### egret check") >= 1 and f": {verdict}\n" in text.split("### ")[-1]
    for line in text.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 6, line


def main():
    with tempfile.TemporaryDirectory(prefix="egret_ci_") as folder:
        repository = Repository(pathlib.Path(sys.argv[1]).resolve(), folder)
        for begin in ("egret gen", "cp ", "seq ", "egret run", "egret check run --against baseline --update"):
            repository.page_command(begin)
        (repository.folder / "tolerance.yaml").write_text(blocks("yaml")[1])
        before = {path.name: path.read_bytes() for path in (repository.folder / "baseline").iterdir()}
        assert set(before) == {"report.json", "cores.csv", "links.csv", "steps.csv", "accepted.csv"}

        assert repository.push() is None
        check_junit(repository, False)
        check_benchmarks(repository)
        check_markdown(repository, "passed")

        repository.page_command("sed ")
        name, done = repository.push()
        assert name == "Check" and done.returncode == 6, (name, done.returncode, done.stderr)
        assert f"cause: chip number {NUMBER} 6 -> 7 cycles\n" in done.stderr
        assert re.search(r"^  core \d+: emit_cycles  .* worse$", done.stdout, re.MULTILINE), done.stdout
        assert {"latency_mean_us", "cores", "steps"} <= check_junit(repository, True)
        check_benchmarks(repository)
        check_markdown(repository, "failed")
        assert before == {path.name: path.read_bytes() for path in (repository.folder / "baseline").iterdir()}

        reason = 'sends "one" cycle later, as measured'
        done = repository.sh(f"egret check run --against baseline --update --reason {shlex.quote(reason)}")
        assert done.returncode == 0, done.stderr
        assert repository.push() is None
        for name in ("report.json", "cores.csv", "links.csv", "steps.csv"):
            assert (repository.folder / "baseline" / name).read_bytes() == (repository.folder / "run" / name).read_bytes()
        history = (repository.folder / "baseline" / "accepted.csv").read_text().splitlines()
        assert len(history) == 3 and '"sends ""one"" cycle later, as measured"' in history[2]
        assert f"chip number {NUMBER} 6 -> 7 cycles" in history[2]

        (repository.folder / "baseline" / "steps.csv").unlink()
        repository.page_command("sed ")  # changes nothing any more
        done = repository.sh("egret run network --chip chip.yaml --set noc.hop_cycles=4 --input tokens.ids "
                             "--split equal -o run && egret check run --against baseline --update --reason smaller")
        assert done.returncode == 0 and "steps.csv is not compared" in done.stdout, done.stderr
        assert not (repository.folder / "baseline" / "steps.csv").exists()
    print(f"{len(workflow_steps())} steps of the workflow, three pushes")


if __name__ == "__main__":
    main()
