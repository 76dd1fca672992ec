"""parliament over many IAM policies.

Reads {"name": policy, ...} as JSON from standard input, prints [{"name", "issue", "detail"}, ...] as JSON.
"""

import json
import sys

import parliament

findings = [
    {"name": name, "issue": finding.issue, "detail": finding.detail}
    for name, policy in json.load(sys.stdin).items()
    for finding in parliament.analyze_policy_string(json.dumps(policy)).findings
]
json.dump(findings, sys.stdout)
