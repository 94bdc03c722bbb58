"""The benchmark of detectors: worlds with known truth, published events, six baselines, and ours."""
