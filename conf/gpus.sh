#!/usr/bin/env bash
# Tells Spark which GPUs this machine has, in the form that
# spark.worker.resource.gpu.discoveryScript and spark.executor.resource.gpu.discoveryScript expect.
set -euo pipefail
nvidia-smi --query-gpu=index --format=csv,noheader |
  awk 'NR > 1 { list = list ", " } { list = list "\"" $1 "\"" }
       END { printf "{\"name\": \"gpu\", \"addresses\": [%s]}\n", list }'
