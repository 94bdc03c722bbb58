"""
Takes hourly counts of sources per port, gives surges with their guards, never reads a file, a table or the clock.

`isdas.detect.find.find` finds rises in an `Activity`; `isdas.detect.gather.gather` judges them and merges those
that have one cause. The statistic is told in docs/explanation/detection.md.
"""
