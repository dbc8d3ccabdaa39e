"""Pure reasoning: observations in, commands out. No I/O; time is an argument."""
