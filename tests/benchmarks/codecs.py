"""Hadoop's codecs against the commands: seconds for the same text, in a container of the default release's image.

`python -m tests.benchmarks.codecs`
"""

from __future__ import annotations

import json

from localemr.images.plan import reference
from localemr.runtime.docker_client import connect_objects
from tests.benchmarks.figures import tell

SUFFIXES = {"gzip": ".gz", "zstd": ".zst"}
MEASURE = r"""
set -e
cd /tmp
seq 1 28000000 | awk '{ print $1, "GET /item/" $1 % 9973, $1 * 7919 % 1000003 }' | head -c 500M > text
cat > both.py <<'END'
import json, subprocess, sys, time
def seconds(line):
    began = time.monotonic()
    subprocess.check_call(line, shell=True)
    return time.monotonic() - began
tool = sys.argv[1]
for _ in range(2):
    taken = {"packed": seconds(f"{tool} -c text > packed"), "unpacked": seconds(f"{tool} -dc packed > /dev/null")}
print(json.dumps(taken))
END
python3 both.py TOOL
classes=/usr/lib/localemr/hadoop/tests:$(< /usr/lib/hadoop/libexec/classpath)
java -Xmx512m -cp "$classes" localemr.hadoop.CodecSpeed text SUFFIX 2> /dev/null | tail -n 1
"""


def measure() -> None:
    """Hadoop's seconds divided by the command's, both warmed up."""
    for tool, suffix in SUFFIXES.items():
        script = MEASURE.replace("TOOL", tool).replace("SUFFIX", suffix)
        output = connect_objects().containers.run(reference("node"), ["-c", script], entrypoint="bash", remove=True)
        command, hadoop = map(json.loads, output.decode().splitlines())
        ratios = {f"ratio_{what}": hadoop[what] / command[what] for what in ("packed", "unpacked")}
        tell(tool, command=command, hadoop=hadoop, target="ratios <= 1.5", **ratios)


if __name__ == "__main__":
    measure()
