"""
The tables: takes Packets, keeps them once, folds them by the hour and answers questions with Series.

Holds all SQL of the project; knows nothing of detectors, figures or alerts.
"""
