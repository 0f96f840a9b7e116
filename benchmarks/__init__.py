"""Benchmark figures for every module, each a ratio within one run. See README.md."""
