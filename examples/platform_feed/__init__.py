"""What a training-branch platform does with a school: gather, match, hold back with a reason, deliver, report."""
