"""Links to the data folders config/ and geoip/ of the checkout."""
