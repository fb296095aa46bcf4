"""The floor of P11: an embedded Flowable in a process of its own, built into var/flowable where it is not there."""

import shutil
import subprocess
from pathlib import Path
from typing import Self

from sqlalchemy import make_url

from services.chassis.web.assets import REPOSITORY
from services.console.local.process import MissingPart

SOURCE = Path(__file__).with_name("flowable")
BUILT = REPOSITORY / "var" / "flowable"


def build_flowable() -> str:
    """Bring the jars and compile where that was not done from these sources, and give the class path; raise `MissingPart`."""
    jars, classes, mark = BUILT / "jars", BUILT / "classes", BUILT / "built"
    sources = [SOURCE / "pom.xml", SOURCE / "Lives.java"]
    wanted = "".join(source.read_text(encoding="utf-8") for source in sources)
    if not mark.exists() or mark.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(BUILT, ignore_errors=True)
        _run("mvn", "-q", "-B", "-f", str(sources[0]), "dependency:copy-dependencies", f"-DoutputDirectory={jars}", "-DincludeScope=runtime")
        path = ":".join(str(jar) for jar in sorted(jars.glob("*.jar")))
        compiler = ("java", "-cp", f"{jars}/*", "org.eclipse.jdt.internal.compiler.batch.Main")
        _run(*compiler, "-17", "-encoding", "UTF-8", "-cp", path, "-d", str(classes), str(sources[1]))
        mark.write_text(wanted, encoding="utf-8")
    return f"{jars}/*:{classes}"


def _run(*command: str) -> None:
    if shutil.which(command[0]) is None:
        raise MissingPart(f"there is no {command[0]}: install default-jre-headless and maven")
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise MissingPart(f"Flowable could not be built: {(done.stdout + done.stderr)[-1000:]}")


class Flowable:
    """An engine that lives whole lives with so many clients, in a database that is its own."""

    def __init__(self, url: str, clients: int) -> None:
        place = make_url(url)
        address = f"jdbc:postgresql://{place.host}:{place.port}/{place.database}?user={place.username}"
        command = ["java", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", build_flowable(), "Lives", address, str(clients)]
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            [*command, str(SOURCE / "six.bpmn20.xml")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._said() == "ready"

    def seconds(self, number: int) -> float:
        """Live so many lives, and give how long they took."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()
        return float(self._said())

    def _said(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
