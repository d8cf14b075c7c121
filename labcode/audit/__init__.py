"""Ledger, results, run table, verification."""
