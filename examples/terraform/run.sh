#!/usr/bin/env bash
# apply, a check of the result, a second plan that has nothing to do, destroy. Where the provider cannot be downloaded:
# TF_CLI_ARGS_init=-plugin-dir=FOLDER, with a folder as `terraform providers mirror` makes it.
set -euo pipefail
cd "$(dirname "$0")"
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1

terraform init -input=false -no-color
trap 'terraform destroy -auto-approve -input=false -no-color' EXIT
terraform apply -auto-approve -input=false -no-color
python check.py "$(terraform output -raw cluster)" "$(terraform output -raw bucket)" sales.csv
echo "A second plan:"
terraform plan -detailed-exitcode -input=false -no-color
