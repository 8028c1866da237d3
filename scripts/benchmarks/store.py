"""A SeaweedFS on this machine for a benchmark, and what programs need to reach it."""

import os
import pathlib
import shutil
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TOOLS = ROOT / ".tools"
PEERS = TOOLS / "bench/bin"
ACCESS_KEY, SECRET_KEY = "bench-access-key", "bench-secret-key"
GIB = 1 << 30


class Failure(Exception):
    pass


class Store:
    """A SeaweedFS of its own, which ends with this object."""

    def __init__(self, folder):
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "identities.json").write_text(
            '{"identities": [{"name": "bench", "actions": ["Admin", "Read", "List", "Write"],'
            f' "credentials": [{{"accessKey": "{ACCESS_KEY}", "secretKey": "{SECRET_KEY}"}}]}}]}}'
        )
        # Held all at once, so that they differ.
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(8)]
        ports = [each.getsockname()[1] for each in sockets]
        for each in sockets:
            each.close()
        self.endpoint = f"127.0.0.1:{ports[6]}"
        options = [
            *(f"-{name}={port}" for name, port in zip(
                ["master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc",
                 "s3.port", "s3.port.grpc"], ports)),
            f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", "-s3.port.iceberg=0",
            "-s3.port.lance=0", "-s3.iam=false", f"-filer.localSocket={folder}/filer.sock",
            f"-s3.localSocket={folder}/s3.sock", f"-s3.config={folder}/identities.json", "-master.telemetry=false",
            "-master.volumeSizeLimitMB=1024", "-volume.max=100", "-volume.preStopSeconds=0",
        ]
        output = open(folder / "output", "wb")
        self.process = subprocess.Popen(
            [TOOLS / "bin/weed", f"-logdir={folder}", "server", *options], stdout=output, stderr=output)

    def s5cmd(self, *arguments, **options):
        return subprocess.run(
            [PEERS / "s5cmd", "--endpoint-url", f"http://{self.endpoint}", *arguments],
            env=environment(), capture_output=True, **options)

    def make_bucket(self, name):
        """Makes a bucket and writes to it: the first write waits for the server's first volumes."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            self.s5cmd("mb", f"s3://{name}")
            if self.s5cmd("pipe", f"s3://{name}/ready", input=b"1").returncode == 0:
                self.s5cmd("rm", f"s3://{name}/ready")
                return
            time.sleep(0.3)
        raise Failure(f"SeaweedFS does not get ready: see {self.folder}/output")

    def objects(self, bucket):
        """How many there are, and their bytes."""
        answer = self.s5cmd("du", f"s3://{bucket}/*").stdout.decode().split()
        return int(answer[3]), int(answer[0])

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def environment(**more):
    return {
        "PATH": os.environ["PATH"], "HOME": str(ROOT / ".bench/home"), "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
        "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", ""), **more,
    }


def configuration(store, bucket, v2=False):
    """A bucket file for Thanos' tools and ours."""
    path = ROOT / f".bench/{bucket}.yaml"
    path.write_text(
        f"type: S3\nconfig:\n  bucket: {bucket}\n  endpoint: {store.endpoint}\n  insecure: true\n"
        f"  access_key: {ACCESS_KEY}\n  secret_key: {SECRET_KEY}\n  signature_version2: {str(v2).lower()}\n")
    return path


def rclone(store):
    """The environment that makes the store rclone's remote `bench:`."""
    return {
        "RCLONE_CONFIG": "/dev/null", "RCLONE_CONFIG_BENCH_TYPE": "s3", "RCLONE_CONFIG_BENCH_PROVIDER": "SeaweedFS",
        "RCLONE_CONFIG_BENCH_ENDPOINT": f"http://{store.endpoint}",
        "RCLONE_CONFIG_BENCH_ACCESS_KEY_ID": ACCESS_KEY, "RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY": SECRET_KEY,
    }
