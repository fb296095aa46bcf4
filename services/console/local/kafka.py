"""Apache Kafka on this machine: one node that is broker and controller (KRaft), from the jars that Maven brings."""

import shutil
import subprocess
from pathlib import Path

from services.chassis.web.assets import REPOSITORY
from services.console.local.process import MissingPart, Process, free_port, listens

POM = REPOSITORY / "deploy" / "kafka" / "pom.xml"
CLUSTER = "b25ld2luZG93LWxvY2FsMQ"
"""Any 16 bytes in base64 do."""


def install_kafka(folder: Path) -> Path:
    """Bring Kafka's jars into a folder where they are not there, and give it; raise `MissingPart`."""
    jars = folder / "jars"
    mark = folder / "installed"
    wanted = POM.read_text()
    if mark.exists() and mark.read_text() == wanted:
        return jars
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise MissingPart(f"there is no {program}: install default-jre-headless and maven")
    shutil.rmtree(jars, ignore_errors=True)
    command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={jars}", "-DincludeScope=runtime"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise MissingPart(f"Kafka could not be fetched: {done.stdout[-1000:]}")
    mark.write_text(wanted)
    return jars


class Kafka:
    """A broker whose data lie in a folder and outlive a stop."""

    def __init__(self, jars: Path, folder: Path, port: int, *, heap: str = "512m") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.address = f"127.0.0.1:{port}"
        self.outside = f"127.0.0.1:{free_port()}"
        """Where kiosks and departments' systems come in, each with a password."""
        self._port = port
        self._folder = folder
        self._java = ["java", f"-Xmx{heap}", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{jars}/*"]
        self._settings = folder / "server.properties"
        self.process = Process("kafka", [*self._java, "kafka.Kafka", str(self._settings)], folder / "kafka.log")

    def start(self) -> None:
        """Start it and return when it takes connections."""
        # Written at every start: the ports may be others than the last time.
        self.write_settings()
        if not (self._folder / "log" / "meta.properties").exists():
            self._format()
        self.process.start(lambda: listens(self._port))

    def write_settings(self) -> None:
        """Write what the broker is to obey."""
        controller = free_port()
        self._settings.write_text(
            f"""process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{self._port},OUTSIDE://{self.outside},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{self._port},OUTSIDE://{self.outside}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,OUTSIDE:SASL_PLAINTEXT
listener.name.outside.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.outside.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
log.dirs={self._folder}/log
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=4194304
"""
        )

    def _format(self) -> None:
        command = [*self._java, "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(self._settings)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise MissingPart(f"Kafka's folder could not be prepared: {done.stderr[-1000:]}")
