"""What a training-branch platform does with a school's data: gather, match, hold back, deliver and report."""
