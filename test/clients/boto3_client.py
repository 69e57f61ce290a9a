"""boto3 against a sandbox of examples/orders: reads all of it, fails in every way, and releases version 2.

Usage: boto3_client.py ANNOUNCEMENT, the line of JSON that `sluice sandbox` prints.
"""

import json
import sys

import boto3_errors
import boto3_metrics
import boto3_reads
import boto3_release
from account import Account
from checks import run

account = Account(json.loads(sys.argv[1]))
account.control("POST", "settings", {"metricPeriodSeconds": 1, "metricDelayMs": 0})
parts = (boto3_reads, boto3_errors, boto3_release, boto3_metrics)
sys.exit(run(account, [check for part in parts for check in part.CHECKS]))
