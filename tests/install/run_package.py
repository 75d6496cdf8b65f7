#!/usr/bin/env python3
"""Makes the Debian packages of a build, installs `egret` by dpkg into a root that holds nothing but what it depends on,
and runs it there.

    run_package.py BUILD

The root is made from the packages of this machine: those that `egret` depends on, with what these depend on, each with
its files and its entry in dpkg's status. So dpkg refuses the installation, or the program does not start, if a
dependency is missing. Changing the root takes root, or user namespaces; the test fails where there is neither.
"""
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

LIBRARY_FIELDS = ("Depends", "Pre-Depends")
NOT_NEEDED = re.compile(r"/usr/share/(doc|locale|man|info|lintian|bug)/|/usr/lib/[^/]+/(gconv|perl[^/]*)/")


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        sys.exit(f"package: {' '.join(map(str, command))}\nexit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def as_root(*command):
    """The same as root: of this machine, or of a namespace of users."""
    return command if os.geteuid() == 0 else ("unshare", "--map-root-user", *command)


def fields_of(text):
    """Fields of a control file; continuation lines belong to the one before."""
    fields, name = {}, None
    for line in text.splitlines():
        if line.startswith(" "):
            fields[name] += "\n" + line
        elif ":" in line:
            name, value = line.split(":", 1)
            fields[name] = value.strip()
    return fields


def status_of(package):
    """dpkg's entry for an installed package, or None."""
    done = subprocess.run(["dpkg-query", "--status", package], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None
    fields = fields_of(done.stdout)
    return done.stdout if fields.get("Status") == "install ok installed" else None


def dependencies(fields):
    """Names, for each dependency the first alternative that is installed."""
    names = []
    for field in LIBRARY_FIELDS:
        for group in filter(None, (part.strip() for part in fields.get(field, "").split(","))):
            choices = [re.sub(r"[ (:].*", "", choice.strip()) for choice in group.split("|")]
            installed = [name for name in choices if status_of(name)]
            if not installed:
                sys.exit(f"package: this machine has none of {choices}, which the package depends on")
            names.append(installed[0])
    return names


def make_root(root, package_fields):
    """Files and dpkg's entries of all that the package depends on. Returns the names."""
    entries, wanted = {}, dependencies(package_fields)
    for folder in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        (root / "usr" / folder).mkdir(parents=True)
        (root / folder).symlink_to("usr/" + folder)
    while wanted:
        name = wanted.pop()
        if name in entries:
            continue
        entries[name] = status_of(name)
        wanted += dependencies(fields_of(entries[name]))
        for line in run("dpkg-query", "--listfiles", name).splitlines():
            source, target = pathlib.Path(line), root / line.lstrip("/")
            if NOT_NEEDED.search(line) or not os.path.lexists(line) or (source.is_dir() and not source.is_symlink()):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            if not os.path.lexists(target):
                shutil.copy2(source, target, follow_symlinks=False)
    admin = root / "var/lib/dpkg"
    for folder in ("info", "updates", "triggers"):
        (admin / folder).mkdir(parents=True)
    (admin / "status").write_text("\n".join(re.sub(r"\nConffiles:(\n .*)*", "", entry) for entry in entries.values()))
    return sorted(entries)


def check_contents(root):
    for path in ("usr/bin/egret", "usr/share/egret/chips/spinnaker2.yaml", "usr/share/man/man1/egret.1.gz",
                 "usr/share/man/man1/egret-run.1.gz", "usr/share/bash-completion/completions/egret",
                 "usr/share/zsh/vendor-completions/_egret", "usr/share/doc/egret/copyright",
                 "usr/share/doc/egret/changelog.gz", "usr/share/doc/egret/README.md"):
        if not (root / path).is_file():
            sys.exit(f"package: no /{path} in the package")
    if b".TH EGRET" not in gzip.decompress((root / "usr/share/man/man1/egret.1.gz").read_bytes()):
        sys.exit("package: egret.1.gz is no manual page")


def egret(root, words):
    """Runs the program with the root changed, /proc there as on a running machine."""
    script = 'mount --rbind /proc "$1/proc" && cd "$1" && shift && exec chroot . "$@"'
    namespace = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    return run(*namespace, "sh", "-c", script, "sh", root, "/usr/bin/egret", *words.split(),
               env={"PATH": os.environ["PATH"], "LC_ALL": "C"})


def check_runs(root):
    (root / "proc").mkdir()
    chips = egret(root, "help chips")
    if not re.search(r"^spinnaker2 +152 cores", chips, re.MULTILINE):
        sys.exit(f"package: the installed chips are not found:\n{chips}")
    egret(root, "gen egru --layers 32,64,32 --density 0.5 --words 20 -o /net")
    (root / "in.ids").write_text("1 2 3 4 5\n")
    report = egret(root, "run /net --chip spinnaker2 --input /in.ids -o /out")
    if "equal to the reference" not in report or egret(root, "report /out") != report:
        sys.exit(f"package: the installed program's report:\n{report}")


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="egret_package_") as folder:
        folder = pathlib.Path(folder)
        run("cpack", "-G", "DEB", "--config", build / "CPackConfig.cmake", "-B", folder,
            "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip")
        (package,) = folder.glob("egret_*.deb")
        (development,) = folder.glob("libegret-dev_*.deb")
        control = fields_of(run("dpkg-deb", "--field", package))
        if control["Section"] != "science" or "libsystemc" not in control["Depends"]:
            sys.exit(f"package: control file {control}")
        listing = run("dpkg-deb", "--contents", development)
        for path in ("usr/include/egret/sim/sim.h", "libegret_sim.a", "egret.pc", "egret-config.cmake"):
            if path not in listing:
                sys.exit(f"package: no {path} in {development.name}")
        root = folder / "root"
        root.mkdir()
        names = make_root(root, control)
        run(*as_root("dpkg", f"--root={root}", "--force-not-root", "--install", str(package)))
        check_contents(root)
        check_runs(root)
    print(f"package: installs beside {len(names)} packages ({', '.join(names)}) and runs")


main()
