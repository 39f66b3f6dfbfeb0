"""Where a schema of Google's provider lies beside the repository, Terraform itself plans the example; nowhere else."""

import shutil
import subprocess

import pytest

from tests.infra.terraform import INFRA

CHECK = INFRA.parents[1] / "shared" / "tools" / "infra-check" / "check"

if CHECK.exists() and shutil.which("terraform"):

    @pytest.mark.timeout(600)  # the first run on a machine makes an environment for it
    def test_terraform_accepts_the_example() -> None:
        command = [str(CHECK), str(INFRA), "-var-file=example.tfvars"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert 0 == done.returncode, done.stdout + done.stderr
