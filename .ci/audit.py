"""Known vulnerabilities in what is installed, by pip-audit; where its service does not answer, a notice, no failure."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SECONDS = 60  # for everything
PYTHON = Path(__file__).parents[1] / ".venv" / "bin" / "python"


def main() -> int:
    end = time.monotonic() + SECONDS
    with tempfile.TemporaryDirectory() as folder:
        try:
            lines, status = judge(audit(Path(folder), end))
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            lines, status = [f"audit skipped: {type(error).__name__}, {error}"], 0
    print(*lines, sep="\n")
    return status


def audit(folder: Path, end: float) -> dict:
    """pip-audit's report on the packages of .venv; of Streamlit alone, where the service does not even know that."""

    def run(*command: object) -> str:
        left = max(1.0, end - time.monotonic())
        return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=left).stdout

    run(sys.executable, "-m", "venv", folder / "tools")
    run(folder / "tools/bin/pip", "install", "--quiet", "pip-audit")
    report = (folder / "tools/bin/pip-audit", "--progress-spinner=off", "--format=json")
    packages = run(PYTHON, "-m", "pip", "freeze")
    one = folder / "one.txt"
    one.write_text("".join(f"{line}\n" for line in packages.splitlines() if line.startswith("streamlit==")))
    first = json.loads(run(*report, "--no-deps", "--disable-pip", "-r", one))
    if not audited(first):
        return first
    site = run(PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'), end='')")
    return json.loads(run(*report, "--path", site))


def audited(report: dict) -> list[dict]:
    """The packages that the service knew."""
    return [package for package in report["dependencies"] if "skip_reason" not in package]


def judge(report: dict) -> tuple[list[str], int]:
    """What to print, and the exit status: 1 for a vulnerability that another version mends."""
    known = audited(report)
    if not known:
        return ["audit skipped: the service knows none of the packages"], 0
    lines, status = [f"audit: {len(known)} packages asked about"], 0
    for package in known:
        for hole in package["vulns"]:
            mended = ", ".join(hole["fix_versions"])
            lines.append(
                f"{package['name']} {package['version']}: {hole['id']}, mended in {mended or 'no version yet'}"
            )
            status = status or int(bool(mended))
    return lines, status


if __name__ == "__main__":
    sys.exit(main())
