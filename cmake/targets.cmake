# format lint check bench coverage
