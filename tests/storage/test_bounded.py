"""The child's side: an order in, its limits taken on, an answer out."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import resource, sys
from pathlib import Path
from storage.bounded import carry_out
carry_out(Path(sys.argv[1]), lambda order: {"word": order["word"], "data": resource.getrlimit(resource.RLIMIT_DATA)[0],
                                            "core": resource.getrlimit(resource.RLIMIT_CORE)[0]})
"""


def test_an_order_is_answered_under_its_own_limits(tmp_path: Path):
    order = {"word": "ñandú", "memory_mb": 512, "time_s": 20.0, "max_bytes": 1 << 20}
    (tmp_path / "order.json").write_text(json.dumps(order))
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE) as child:
        assert child.wait(30) == 0
    assert json.loads((tmp_path / "answer.json").read_text()) == {"word": "ñandú", "data": 512 << 20, "core": 0}
    assert not (tmp_path / "answer.tmp").exists()


def test_the_child_ends_at_once_when_its_input_closes(tmp_path: Path):
    (tmp_path / "order.json").write_text(json.dumps({"memory_mb": 512, "time_s": 20.0, "max_bytes": 1}))
    program = PROGRAM.replace("carry_out(Path", "import threading\ncarry_out(Path").replace('{"word": order["word"]', '{"word": threading.Event().wait(60)')
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, stdin=subprocess.DEVNULL) as child:
        assert child.wait(20) == 2
