"""The job of a platform for vocational training: gather, match, hold back with a reason, deliver, report."""
