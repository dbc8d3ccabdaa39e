"""Alert records in the shapes that other systems read."""
