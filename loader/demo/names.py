"""Ids that several accounts refer to."""

from __future__ import annotations

MANAGEMENT = "111122223333"
PRODUCTION = "444455556666"
DEVELOPMENT = "777788889999"
SECURITY = "222233334444"
TOOLING = "555566667777"

PAYROLL_BUREAU = "888899990000"  # Brightquay, the payroll bureau: a partner, not loaded
MONITORING_VENDOR = "666677778888"  # Lanternbug, the monitoring vendor: not loaded
PENTEST_VENDOR = "999900001111"  # Northgale, penetration testers of two years ago: not loaded

ORGANIZATION = "o-tdwk8f3k2m"
ROOT = "r-tdwk"
OU_SECURITY = "ou-tdwk-5ecur1ty"
OU_INFRASTRUCTURE = "ou-tdwk-1nfra000"
OU_WORKLOADS = "ou-tdwk-w0rkl0ad"
OU_PRODUCTION = "ou-tdwk-pr0duct1"
OU_DEVELOPMENT = "ou-tdwk-d3vel0pm"

OFFICE = "203.0.113.0/24"

BUCKETS = "arn:aws:s3:::"
