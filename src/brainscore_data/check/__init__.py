"""Checks: probes turn files into facts, rules turn facts into findings, reporters write them."""
