"""Case files and registers: what people hand on, on paper or years later."""
